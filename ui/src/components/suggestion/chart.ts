/** Pictures that come with suggestions: shapes only, or nothing is shown. */

/** Elements and attributes a chart may have; none of them loads, links or runs anything. */
const ELEMENTS = new Set(['svg', 'path']);
const ATTRIBUTES = new Set([
  'd',
  'fill',
  'opacity',
  'role',
  'stroke',
  'stroke-dasharray',
  'stroke-linejoin',
  'stroke-width',
  'viewBox',
  'xmlns',
]);

/** Longer ones are not read. */
const LONGEST = 50_000;

/**
 * The address of a chart, for an `img`, in which nothing runs whatever it holds; null for what is no picture of shapes
 * alone.
 */
export function picture(svg: string): string | null {
  if (svg.length > LONGEST) return null;
  const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  const all = [root, ...root.querySelectorAll('*')];
  const plain = all.every(
    (one) =>
      ELEMENTS.has(one.nodeName) && [...one.attributes].every((attribute) => ATTRIBUTES.has(attribute.name)),
  );
  return plain && root.nodeName === 'svg'
    ? `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(root))}`
    : null;
}
