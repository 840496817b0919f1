// Runs before the first paint (classic, blocking, in <head>).
import './theme.js';
import './early.js';
