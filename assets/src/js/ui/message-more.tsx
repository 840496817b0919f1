// What a message shows only when it is asked for: the field that changes a question, and what is known of an answer.

import './more-words.ts';
import { useEffect, useRef } from 'preact/hooks';
import { find, providerName } from '../state/models.ts';
import { edit } from '../state/turns.ts';
import type { Message } from '../state/types.ts';
import { duration, money, number, t } from '../words.ts';
import { focusComposer, isTouch } from './view.ts';

export function Details({ message }: { message: Message }) {
  const usage = message.usage;
  const model = find({ provider: message.provider ?? null, model: message.model ?? null });
  const names = [model?.name ?? message.model, providerName(message.provider ?? '')].filter(Boolean);
  const rows: [string, string | undefined][] = [
    [t('details_model'), [...new Set(names)].join(', ')],
    [t('details_time'), message.totalMs === undefined ? undefined : message.firstMs === undefined ? duration(message.totalMs)
      : t('details_time_value', { total: duration(message.totalMs), first: duration(message.firstMs) })],
    [t('details_in'), usage?.input_tokens === undefined ? undefined : number(usage.input_tokens)],
    [t('details_cached'), usage?.cached_tokens ? number(usage.cached_tokens) : undefined],
    [t('details_out'), usage?.output_tokens === undefined ? undefined : number(usage.output_tokens)],
    [t('details_reasoning'), usage?.reasoning_tokens ? number(usage.reasoning_tokens) : undefined],
    [t('details_cost'), message.costMicros ? money(message.costMicros) : undefined],
    [t('details_total'), usage?.total_tokens === undefined ? undefined : number(usage.total_tokens)],
  ];
  return (
    <div class="details">
      <dl>
        {rows.filter(([, value]) => value).map(([name, value]) => (
          <div key={name}><dt>{name}</dt><dd class="tabular">{value}</dd></div>
        ))}
      </dl>
      {usage?.estimated && <p class="quiet">{t('details_estimated')}</p>}
      {!usage && <p class="quiet">{t('details_none')}</p>}
    </div>
  );
}

export function EditField({ message, onEnd }: { message: Message; onEnd: () => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(message.text.length, message.text.length);
  }, []);
  const submit = (): void => {
    const text = field.current!.value;
    if (!text.trim() && !message.attachments) return;
    if (!edit(message, text)) return;
    onEnd();
    focusComposer();
  };
  const cancel = (): void => {
    onEnd();
    if (!isTouch()) focusComposer();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') cancel();
    if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  return (
    <form class="edit" onSubmit={(event) => (event.preventDefault(), submit())}>
      <textarea ref={field} aria-label={t('edit_label')} dir="auto" rows={3} maxLength={10_000} defaultValue={message.text} onKeyDown={onKey} />
      <div class="edit-actions">
        <button type="button" class="button" onClick={cancel}>{t('cancel')}</button>
        <button type="submit" class="button main">{t('edit_send')}</button>
      </div>
    </form>
  );
}
