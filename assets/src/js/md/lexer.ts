// The one lexer of answers: GFM as marked reads it, and mathematics.

import { getDefaults, Lexer, type MarkedOptions } from 'marked';
import { blockExtension, inlineExtension } from './math-syntax.ts';

const extensions = {
  renderers: {},
  childTokens: {},
  block: [blockExtension.tokenizer],
  inline: [inlineExtension.tokenizer],
  startBlock: [blockExtension.start],
  startInline: [inlineExtension.start],
} as unknown as NonNullable<MarkedOptions['extensions']>;

export const newLexer = (): Lexer => new Lexer({ ...getDefaults(), extensions });
