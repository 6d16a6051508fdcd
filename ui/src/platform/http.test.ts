import { afterEach, expect, test, vi } from 'vitest';
import { goalIn, isOpenable } from './address';
import { http } from './http';

afterEach(() => {
  vi.unstubAllGlobals();
});

function answer(status: number, body: unknown) {
  const asked = vi.fn((_address: string, _init: RequestInit) =>
    Promise.resolve(new Response(JSON.stringify(body), { status })),
  );
  vi.stubGlobal('fetch', asked);
  return asked;
}

test('a command is posted with the header that no plain form can set', async () => {
  const asked = answer(200, { suggestions: [], total: 0 });
  expect(await http().call('suggestions', { list: 'inbox' })).toEqual({ suggestions: [], total: 0 });
  const [address, init] = asked.mock.calls[0] ?? [];
  expect(address).toBe('/api/suggestions');
  expect(init).toMatchObject({ method: 'POST', credentials: 'same-origin', body: '{"list":"inbox"}' });
  expect(new Headers(init?.headers).get('X-Perch')).toBe('1');
});

test('failures keep their code, an old address says what to do', async () => {
  answer(409, { code: 'moved', message: '`main` moved' });
  await expect(http().call('accept', { id: '1' })).rejects.toMatchObject({
    cause: 'moved',
    message: '`main` moved',
  });
  answer(401, { code: 'refused', message: 'no' });
  await expect(http().call('status')).rejects.toMatchObject({
    cause: 'expired',
    message: expect.stringContaining('run `perch serve` again') as string,
  });
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')));
  await expect(http().call('status')).rejects.toMatchObject({ cause: 'unreachable' });
});

test('only plain https leaves the panel', () => {
  const cases: [string, boolean][] = [
    ['https://example.com/a?b#c', true],
    ['http://example.com', false],
    ['https://ada:word@example.com', false],
    ['javascript:alert(1)', false],
    ['JaVaScRiPt:alert(1)', false],
    ['//example.com', false],
    ['file:///etc/passwd', false],
    ['', false],
  ];
  for (const [url, opens] of cases) expect(isOpenable(url), url).toBe(opens);
});

test('the fragment names where the panel opens', () => {
  expect(goalIn('')).toEqual({ view: 'inbox' });
  expect(goalIn('#/suggestion/019a-77aa')).toEqual({ view: 'suggestion', id: '019a-77aa' });
  expect(goalIn('#/suggestion/<b>')).toEqual({ view: 'inbox' });
  expect(goalIn('#/settings/quiet_hours')).toEqual({ view: 'settings', section: 'quiet_hours' });
});
