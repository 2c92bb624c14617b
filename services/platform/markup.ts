/** Text inside HTML and SVG. Pure. */

/** Fit for an element's content and for an attribute in double quotes. */
export const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
