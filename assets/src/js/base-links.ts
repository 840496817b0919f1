// Components write <a href="/c/ID" data-go> in the app's own terms; the base path comes in front here, for all of them.

import { options, type VNode } from 'preact';
import { base, toAddress } from './base.ts';

export function addBaseToLinks(): void {
  if (base === '/') return;
  const before = options.vnode;
  options.vnode = (vnode: VNode<any>) => {
    const props = vnode.type === 'a' ? (vnode.props as { href?: string; 'data-go'?: unknown }) : undefined;
    if (props?.['data-go'] !== undefined && props.href?.startsWith('/')) props.href = toAddress(props.href);
    before?.(vnode);
  };
}
