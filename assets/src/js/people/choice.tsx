// One of a few, side by side.

import { useId } from 'preact/hooks';

export function Choice<T extends string>({ label, options, value, onChange }: { label: string; options: readonly { value: T; label: string }[]; value: T; onChange: (value: T) => void }) {
  const name = useId();
  return (
    <fieldset class="segments inline">
      <legend class="offscreen">{label}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

export interface TileFacts {
  name: string;
  value: string;
  more?: string | undefined;
  alert?: boolean;
}

export function Tiles({ tiles }: { tiles: TileFacts[] }) {
  return (
    <dl class={tiles.length % 4 === 0 ? 'tiles four' : 'tiles'}>
      {tiles.map((tile) => (
        <div key={tile.name} class={tile.alert ? 'tile alert' : 'tile'}>
          <dt>{tile.name}</dt>
          <dd><b class="tabular">{tile.value}</b>{tile.more && <span>{tile.more}</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
