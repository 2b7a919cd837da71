import htm from 'htm';
import { h } from 'preact';

/** Markup in a tagged template; values become text or attributes, never markup. */
export const html = htm.bind(h);
