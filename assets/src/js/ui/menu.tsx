// A small menu on a button: the browser's popover with the keys of the ARIA menu pattern.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icons.tsx';

export interface MenuItem {
  icon: IconName;
  label: string;
  danger?: boolean;
  run: () => void;
}

interface Props {
  id: string;
  label: string;
  items: () => MenuItem[]; // made when the menu opens: a list of a thousand rows makes none
  icon?: IconName;
}

export function Menu({ id, label, items, icon = 'more' }: Props) {
  const [shown, setShown] = useState<MenuItem[] | null>(null);
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const place = (): void => {
    const at = button.current!.getBoundingClientRect();
    const box = menu.current!;
    const height = box.offsetHeight;
    const below = at.bottom + height + 8 < innerHeight;
    box.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`;
    box.style.left = `${Math.max(8, Math.min(at.right - box.offsetWidth, innerWidth - box.offsetWidth - 8))}px`;
  };
  useLayoutEffect(() => {
    if (!shown) return;
    menu.current!.showPopover();
    place();
    menu.current!.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }, [shown]);
  const close = (): void => {
    menu.current?.hidePopover();
    button.current?.focus({ preventScroll: true });
  };
  const onKey = (event: KeyboardEvent): void => {
    const all = [...menu.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 };
    if (event.key in to) all[to[event.key]! % all.length]?.focus();
    else if (event.key === 'Tab' || event.key === 'Escape') close();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <button ref={button} type="button" class="icon-button small" aria-haspopup="menu" aria-label={label} aria-controls={id} aria-expanded={shown !== null} onClick={() => setShown(items())}>
        <Icon name={icon} />
      </button>
      <div
        ref={menu} id={id} class="menu" popover="auto" role="menu" aria-label={label} onKeyDown={onKey}
        onToggle={(event) => event.newState === 'closed' && setShown(null)}
      >
        {shown?.map((item) => (
          <button
            key={item.label} type="button" role="menuitem" tabindex={-1} class={item.danger ? 'danger' : ''}
            onClick={() => {
              close();
              item.run();
            }}
          >
            <Icon name={item.icon} size={18} />{item.label}
          </button>
        ))}
      </div>
    </>
  );
}
