// A QR code as one SVG path: dark modules on a light ground in both themes, with the quiet zone that readers need.

import { encode } from 'uqr';

const kQuietModules = 4; // ISO/IEC 18004

export function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: kQuietModules });
  const path = data.map((line, y) => line.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('');
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={path} />
    </svg>
  );
}
