// The icons: 24 px grid, one stroke, the colour of the text. They are decoration; buttons carry their own names.

const shapes = {
  menu: 'M4 7h16M4 12h16M4 17h10',
  plus: 'M12 5v14M5 12h14',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20 20',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  send: 'M12 19V5M6 11l6-6 6 6',
  stop: 'M8 8h8v8H8z',
  copy: 'M9 9h10v11H9zM15 9V5H5v11h4',
  check: 'M5 12.5 10 17.5 19.5 7',
  again: 'M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 3.5v4h-4',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  trash: 'M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  close: 'M6 6l12 12M18 6 6 18',
  down: 'M12 5v14M6 13l6 6 6-6',
  chevron: 'M7 10l5 5 5-5',
  left: 'M14 6l-6 6 6 6',
  right: 'M10 6l6 6-6 6',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8h.01',
  panel: 'M4 5h16v14H4zM9.5 5v14',
  warning: 'M12 4 2.8 20h18.4zM12 10v4.5M12 17.3h.01',
  pin: 'M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5',
  archive: 'M4 5h16v4H4zM5.500 9v10h13V9M10 13h4',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  upload: 'M12 16V5M7 9l5-5 5 5M5 20h14',
  fork: 'M7 4v16M7 13c0-4 10-2 10-7M17 6h.01M14.500 6.500 17 4l2.500 2.500',
  fold: 'M5 6h14M5 11h14M5 16h8',
  temporary: 'M12 21a9 9 0 0 0 9-9M12 3a9 9 0 0 0-9 9M12 3c2.500 0 4.800 1 6.400 2.600M3 12c0 2.500 1 4.800 2.600 6.400M12 8v4l3 2',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.500 20c.8-3.600 3.800-5.500 7.500-5.500s6.700 1.900 7.500 5.500',
  shield: 'M12 3.500 5 6v5.500c0 4.300 2.900 7.400 7 9 4.100-1.600 7-4.700 7-9V6z',
  leave: 'M14 5H5v14h9M10 12h10M17 9l3 3-3 3',
  model: 'M12 3.500 13.800 10 20.500 12l-6.700 2L12 20.500 10.200 14 3.500 12l6.700-2z',
  theme: 'M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17ZM12 3.500v17M12 8h6.500M12 12h8.500M12 16h6.500',
  keyboard: 'M3.500 7h17v10h-17zM7 10.500h.01M10.500 10.500h.01M14 10.500h.01M17 10.500h.01M8 14h8',
  chat: 'M4.500 5.500h15v10.500h-8L7 19.500V16H4.500z',
  picture: 'M4 5h16v14H4zM4 16l4.500-4.500 4 4 3-3L20 17M15.500 9.200h.01',
  chart: 'M4 20h16M7 16v-5M12 16V5M17 16v-8',
  key: 'M8 16.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9ZM12.500 12H21v3M17 12v2.500',
  attach: 'M19.500 11.500 12 19a5 5 0 0 1-7-7l8-8a3.300 3.300 0 0 1 4.700 4.700l-7.900 7.900a1.700 1.700 0 0 1-2.400-2.400l7.300-7.200',
  mic: 'M12 14.500a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3ZM5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3',
  sound: 'M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a7.700 7.700 0 0 1 0 11',
  pause: 'M9 6v12M15 6v12',
  play: 'M8 5.500v13l10.500-6.500z',
  file: 'M7 3.500h7l4 4V20.500H7zM14 3.500v4h4M10 12.500h5M10 16h5',
  cloud: 'M3 3l18 18M7.5 8.2A5 5 0 0 0 7 18h11M10.5 6.2A6 6 0 0 1 17.8 11 4 4 0 0 1 20.6 16.6',
};

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class={`icon icon-${name}`} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}

// The whinchat: a speech bubble that is a bird. Same drawing as public/icons/icon.svg, without the ground.
export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <path class="mark-body" d="M31 9c13 0 22 8.6 22 20.500C53 42 44 50 31.500 50c-2.600 0-5-.3-7.300-1L11.500 55.500c-1 .5-2-.5-1.600-1.500l3.600-10.300C10.600 39.800 9 35 9 29.500 9 17.600 18.500 9 31 9Z" />
      <path class="mark-cap" d="M9.300 26.500C10.800 16.200 19.700 9 31 9c10.600 0 18.700 5.700 21.200 14.200-7-1.700-12.700-.4-18.200 2.300-7.300 3.600-15.700 4.300-24.700 1Z" />
      <path class="mark-brow" d="M24 23.500c7-.3 12.300-5.200 23.300-4.700" />
      <circle class="mark-eye" cx="41" cy="26.500" r="2.900" />
      <path class="mark-beak" d="M52.600 25.500 61.500 28.600 53 32.200Z" />
    </svg>
  );
}
