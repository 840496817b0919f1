export { drawLater as colourLater } from './later.ts';
