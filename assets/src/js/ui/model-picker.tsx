// The list of models: a search field that drives a list box (ARIA combobox pattern), grouped by provider. Models that
// cannot answer are shown with the reason and cannot be chosen.

import './more-words.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { update } from '../state/conversations.ts';
import { chooseAsDefault, loadModels, models, providerName, usable, type Model } from '../state/models.ts';
import { current } from '../state/thread.ts';
import { matches } from '../state/tree.ts';
import { compact, t } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { dialog, focusComposer } from './view.ts';

const keyOf = (model: Model): string => `${model.provider}/${model.id}`;
const domId = (model: Model): string => `model-${keyOf(model).replace(/[^\w-]/g, '_')}`;

export function choose(model: Model): void {
  if (!model.available) return;
  const row = current.peek();
  if (row) void update(row.id, { provider: model.provider, model: model.id });
  chooseAsDefault(model);
  document.querySelector<HTMLDialogElement>('dialog.dialog-models')?.close();
  focusComposer();
}

function grouped(list: Model[]): [string, Model[]][] {
  const groups = new Map<string, Model[]>();
  for (const model of list) groups.set(model.provider, [...(groups.get(model.provider) ?? []), model]);
  // Providers that can answer come first, in the server's order.
  const able = (entries: Model[]): number => (entries.some((m) => m.available) ? 0 : 1);
  return [...groups].sort((a, b) => able(a[1]) - able(b[1]));
}

const reasonOf = (model: Model): string | undefined => (model.available ? undefined : (model.reason ?? t('model_no_key')));

// A reason that all of a provider's models share is said once, beside the provider's name.
function sharedReason(list: Model[]): string | undefined {
  const first = list[0] && reasonOf(list[0]);
  return list.every((m) => reasonOf(m) === first) ? first : undefined;
}

interface OptionProps {
  model: Model;
  active: boolean;
  chosen: boolean;
  showReason: boolean;
  onHover: () => void;
}

function Option({ model, active, chosen, showReason, onHover }: OptionProps) {
  const why = showReason ? reasonOf(model) : undefined;
  return (
    <div
      id={domId(model)}
      role="option"
      class="option"
      aria-selected={chosen}
      aria-disabled={!model.available}
      data-active={active}
      onClick={() => choose(model)}
      onPointerMove={() => model.available && !active && onHover()}
    >
      <span class="option-name" dir="auto">{model.name}</span>
      {(why || (model.available && model.context)) && (
        <span class="option-note">{why ?? t('model_context', { size: compact(model.context!) })}</span>
      )}
      {chosen && <Icon name="check" size={18} />}
    </div>
  );
}

export function ModelPicker() {
  const [query, setQuery] = useState('');
  const now = usable(current.value ?? null);
  const [active, setActive] = useState(now ? keyOf(now) : '');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    void loadModels();
  }, []);
  const groups = grouped(models.value.filter((m) => matches(`${m.name} ${m.id} ${providerName(m.provider)}`, query)));
  const able = groups.flatMap(([, list]) => list).filter((m) => m.available);
  const at = Math.max(0, able.findIndex((m) => keyOf(m) === active));
  const marked = able[at];
  const move = (to: number): void => {
    const next = able[(to + able.length) % able.length];
    if (!next) return;
    setActive(keyOf(next));
    document.getElementById(domId(next))?.scrollIntoView({ block: 'nearest' });
  };
  const onKey = (event: KeyboardEvent): void => {
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: able.length - 1 };
    if (event.key in moves) move(moves[event.key]!);
    else if (event.key === 'Enter' && marked && !event.isComposing) choose(marked);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t('model_choose')} name="models" onClose={() => dialog.peek() === 'models' && (dialog.value = null)}>
      <div class="field">
        <Icon name="search" size={18} />
        <input
          ref={input} type="text" role="combobox" aria-expanded="true" aria-controls="model-list" aria-autocomplete="list"
          aria-label={t('model_search')} aria-activedescendant={marked ? domId(marked) : undefined} autocomplete="off" spellcheck={false}
          placeholder={t('model_search')} value={query} onInput={(event) => setQuery(event.currentTarget.value)} onKeyDown={onKey}
        />
      </div>
      {groups.length === 0 && <p class="quiet nothing">{t('model_none_found')}</p>}
      <div class="options" id="model-list" role="listbox" aria-label={t('model_choose')} tabindex={-1}>
        {groups.map(([provider, list]) => {
          const reason = sharedReason(list);
          return (
            <div key={provider} role="group" aria-label={[providerName(provider), reason].filter(Boolean).join(': ')}>
              <div class="option-head" aria-hidden="true"><span>{providerName(provider)}</span>{reason && <span class="option-note">{reason}</span>}</div>
              {list.map((m) => (
                <Option
                  key={keyOf(m)} model={m} active={m === marked} chosen={now !== undefined && keyOf(m) === keyOf(now)}
                  showReason={!reason} onHover={() => setActive(keyOf(m))}
                />
              ))}
            </div>
          );
        })}
      </div>
    </Dialog>
  );
}
