// The words of settings, palette, shortcuts, models and selection come with the first of them that is opened.

import english from '../i18n/en.more.json';
import { addWords } from '../words.ts';

addWords(english);
