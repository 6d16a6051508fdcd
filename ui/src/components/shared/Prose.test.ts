import { fireEvent } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { openPanel } from '../../test/panel';
import { visible } from './visible';

const HOSTILE = `<script>globalThis.harmed = 1</script>
<img src=x onerror="globalThis.harmed = 1">

[click](javascript:globalThis.harmed=1) [data](data:text/html,x) [plain](http://example.com) [fine](https://example.com/a)
[login](https://ada:word@example.com) ![shot](https://example.com/track.png)

<a href="https://example.com" onclick="globalThis.harmed = 1">x</a> **<b onmouseover=alert(1)>bold</b>**

\`\`\`html
<script>globalThis.harmed = 1</script>
\`\`\`
`;

test('what strangers write is text, whatever it looks like', async () => {
  const panel = await openPanel({
    before: (platform) => {
      for (const one of platform.suggestions) {
        one.body = HOSTILE;
        one.summary.title = '<img src=x onerror=alert(1)> `<script>`';
        one.summary.repository = '"><script>alert(1)</script>';
        one.why = HOSTILE;
        one.points = [
          {
            text: HOSTILE,
            todo: false,
            evidence: [{ statement: HOSTILE, place: { kind: 'page', url: 'javascript:alert(1)' } }],
          },
        ];
        one.actions = [];
        one.log = {
          log: 'x',
          url: 'javascript:alert(1)',
          blocks: [
            {
              start_line: 1,
              end_line: 1,
              category: 'x',
              tool: null,
              summary: '',
              lines: ['<svg onload=alert(1)>'],
            },
          ],
        };
      }
    },
  });
  await panel.press('Enter');
  const page = document.body;
  expect(
    page.querySelectorAll('script, img, iframe, object, [onerror], [onclick], [onload], [onmouseover]'),
  ).toHaveLength(0);
  expect((globalThis as Record<string, unknown>)['harmed']).toBeUndefined();
  const addresses = [...page.querySelectorAll('a')].map((link) => link.getAttribute('href'));
  expect(new Set(addresses)).toEqual(
    new Set(['https://example.com/a', 'https://github.com/acme/api/actions/runs/981']),
  );
  expect(panel.one('detail').textContent).toContain('<script>globalThis.harmed = 1</script>');
  expect(panel.one('detail').textContent).toContain('[image: shot]');
});

test('links open outside, and only by a click', async () => {
  const panel = await openPanel({
    before: (platform) => {
      const [first] = platform.suggestions;
      if (first) first.body = '[docs](https://example.com/docs)';
    },
  });
  await panel.press('Enter');
  const link = [...panel.one('body').querySelectorAll('a')][0] as HTMLElement;
  expect(panel.platform.followed).toEqual([]);
  expect(await fireEvent.click(link)).toBe(false);
  expect(panel.platform.followed).toEqual(['https://example.com/docs']);
});

test('characters that hide or reorder text are named', () => {
  const cases: [string, string][] = [
    ['user\u202etxt.exe', 'user⟨U+202E⟩txt.exe'],
    ['a\u2066b\u2069', 'a⟨U+2066⟩b⟨U+2069⟩'],
    ['pay\u200bpal\ufeff', 'pay⟨U+200B⟩pal⟨U+FEFF⟩'],
    ['bell\u0007 \u001b[31mred', 'bell⟨U+0007⟩ ⟨U+001B⟩[31mred'],
    ['tab\tand\r\nlines\n', 'tab\tand\nlines\n'],
    ['👩‍💻 שלום', '👩‍💻 שלום'],
  ];
  for (const [given, shown] of cases) expect(visible(given)).toBe(shown);
});

test('text without end is cut and says so', () => {
  expect(visible('x'.repeat(50), 10)).toBe(`${'x'.repeat(10)}… 40 more characters`);
});
