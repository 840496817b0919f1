// What the whole server used.

import { t } from '../words.ts';
import { Loading, useLoad } from './forms.tsx';
import { Card } from './frame.tsx';
import { Bars, modelName, sumBy, SumTable, type UsageDay } from './usage.tsx';

const kDays = 30;

export function AllUsage() {
  const usage = useLoad<{ days: UsageDay[] }>(`/admin/usage?days=${kDays}`);
  const days = usage.data?.days ?? [];
  const most = (rows: ReturnType<typeof sumBy>) => rows.sort((a, b) => b.messages - a.messages);
  return (
    <Card title={t('last_days', { n: kDays })}>
      <Loading of={usage} />
      {usage.data && days.length === 0 && <p class="quiet">{t('usage_none')}</p>}
      {days.length > 0 && (
        <>
          <Bars days={days} />
          <SumTable caption={t('by_model')} name={t('details_model')} rows={most(sumBy(days, modelName))} />
          {days.some((day) => day.user) && <SumTable caption={t('by_user')} name={t('name')} rows={most(sumBy(days, (day) => day.user ?? '?'))} />}
        </>
      )}
    </Card>
  );
}
