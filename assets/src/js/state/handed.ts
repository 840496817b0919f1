// A file that was opened with the app and is meant for the import's preview (people/data.tsx takes it).

import { signal } from '@preact/signals';

export const handedFile = signal<File | null>(null);
