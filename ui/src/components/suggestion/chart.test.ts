import { expect, test } from 'vitest';
import { picture } from './chart';

const SPACE = 'xmlns="http://www.w3.org/2000/svg"';

test('a chart of shapes is a picture', () => {
  const svg = `<svg ${SPACE} viewBox="0 0 9 9" role="img"><path d="M0 0H9" stroke="#888"/></svg>`;
  expect(picture(svg)).toMatch(/^data:image\/svg\+xml,%3Csvg/);
});

test.each([
  `<svg ${SPACE}><script>alert(1)</script></svg>`,
  `<svg ${SPACE} onload="alert(1)"><path d="M0 0"/></svg>`,
  `<svg ${SPACE}><a href="https://example.com"><path d="M0 0"/></a></svg>`,
  `<svg ${SPACE}><image href="https://example.com/x.png"/></svg>`,
  `<svg ${SPACE}><path style="fill:url(https://example.com)" d="M0 0"/></svg>`,
  `<svg ${SPACE}><style>@import 'https://example.com'</style></svg>`,
  `<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>`,
  `<svg ${SPACE}><path d="M0 0"`,
  '',
  `<svg ${SPACE}>${'<path d="M0 0"/>'.repeat(10_000)}</svg>`,
])('what is more than shapes is not shown: %#', (svg) => {
  expect(picture(svg)).toBeNull();
});
