// What the whole server used.

import { t } from '../words.ts';
import { Loading, useLoad } from './forms.tsx';
import { Card } from './frame.tsx';
import { Bars, modelName, sumBy, SumTable, type Amount } from './usage.tsx';

const kDays = 30;

interface Everybody {
  days: (Amount & { day: string })[];
  users: (Amount & { id: string; name: string })[];
  models: (Amount & { provider: string; model: string })[];
}

export function AllUsage() {
  const usage = useLoad<Everybody>(`/admin/usage?days=${kDays}`);
  const { days, users, models } = usage.data ?? { days: [], users: [], models: [] };
  const most = (rows: ReturnType<typeof sumBy>) => rows.sort((a, b) => b.messages - a.messages);
  return (
    <Card title={t('last_days', { n: kDays })}>
      <Loading of={usage} />
      {usage.data && days.length === 0 && <p class="quiet">{t('usage_none')}</p>}
      {days.length > 0 && (
        <>
          <Bars days={days} />
          <SumTable caption={t('by_model')} name={t('details_model')} rows={most(sumBy(models, modelName))} />
          <SumTable caption={t('by_user')} name={t('name')} rows={most(sumBy(users, (row) => row.name))} />
        </>
      )}
    </Card>
  );
}
