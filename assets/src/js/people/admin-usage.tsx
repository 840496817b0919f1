// What the whole server used.

import { useState } from 'preact/hooks';
import { t } from '../words.ts';
import { Loading, useLoad } from './forms.tsx';
import { Card } from './frame.tsx';
import { byName, DaysChoice, modelName, sum, SumTable, Unpriced, UsageChart, UsageTiles, type Amount, type Days, type UsageDay } from './usage.tsx';

interface Everybody {
  days: UsageDay[];
  users: (Amount & { id: string; name: string })[];
  models: (Amount & { provider: string; model: string })[];
}

export function AllUsage() {
  const [days, setDays] = useState<Days>('30');
  const usage = useLoad<Everybody>(`/admin/usage?days=${days}`);
  const { days: rows, users, models } = usage.data ?? { days: [], users: [], models: [] };
  const total = sum(rows);
  return (
    <>
      <DaysChoice days={days} onChange={setDays} />
      {usage.data ? <UsageTiles total={total} /> : <Loading of={usage} />}
      {usage.data && rows.length === 0 && <p class="key-card">{t('usage_empty')}</p>}
      {rows.length > 0 && (
        <>
          <Card><UsageChart rows={rows} days={Number(days)} /></Card>
          <Card title={t('by_model')}><SumTable caption={t('by_model')} name={t('details_model')} rows={byName(models, modelName)} /><Unpriced count={total.unpriced} /></Card>
          <Card title={t('by_user')}><SumTable caption={t('by_user')} name={t('name')} rows={byName(users, (row) => row.name)} /></Card>
        </>
      )}
    </>
  );
}
