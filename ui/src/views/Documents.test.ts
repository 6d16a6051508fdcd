import { fireEvent } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { CallError } from '../ipc/call';
import { openPanel, settled } from '../test/panel';

async function choose(element: HTMLElement, value: string): Promise<void> {
  await fireEvent.change(element, { target: { value } });
  await settled();
}

test('a document is read before it is written', async () => {
  const panel = await openPanel();
  await panel.press('5');
  await panel.type('document-argument', ' v1.2..v1.3 ');
  await panel.click('document-make');
  const asked = { kind: 'notes', argument: 'v1.2..v1.3', repository: '/home/ada/code/api' };
  expect(panel.platform.asked('document')).toEqual([{ ...asked, write: false }]);
  expect(panel.words('document-preview')[0]).toContain('Read ranges from the end');
  expect(panel.words('document-remarks')[0]).toContain('left out');
  expect(panel.words('document-write')).toEqual(['Write docs/releases/v1.3.0.md']);
  await panel.click('document-write');
  expect(panel.platform.asked('document')[1]).toEqual({ ...asked, write: true });
  expect(panel.words('document-written')).toEqual(['Wrote docs/releases/v1.3.0.md']);
  expect(panel.all('document-write')).toEqual([]);
  await panel.click('file');
  const place = { path: 'docs/releases/v1.3.0.md', line: null, suggestion: null };
  expect(panel.platform.asked('open_place')).toEqual([{ ...place, repository: '/home/ada/code/api' }]);
});

test('it is copied as Markdown and as text', async () => {
  const panel = await openPanel();
  await panel.press('5');
  await panel.click('document-make');
  await panel.click('document-copy');
  await panel.click('document-copy-text');
  expect(panel.platform.copied[0]).toContain('# api 1.3.0');
  expect(panel.platform.copied[1]).toMatch(/^api 1\.3\.0 \(2026-11-24\)\n=+\n/);
});

test('a kind that needs an argument waits for one, and one without a folder says so', async () => {
  const panel = await openPanel();
  await panel.press('5');
  const make = () => panel.one('document-make') as HTMLButtonElement;
  expect(make().disabled).toBe(false);
  await choose(panel.one('document-kind'), 'adr');
  expect(make().disabled).toBe(true);
  await panel.type('document-argument', 'Keep ranges as text');
  expect(make().disabled).toBe(false);
  await choose(panel.one('document-kind'), 'notes');
  await choose(panel.one('document-repository'), '1');
  expect(make().disabled).toBe(true);
  expect(panel.words('documents')[0]).toContain('checked out on this machine');
});

test('a refusal is told and what was read stays', async () => {
  const panel = await openPanel();
  await panel.press('g');
  await panel.press('d');
  await panel.click('document-make');
  panel.platform.failNext('document', new CallError('refused', '`docs/releases/v1.3.0.md` already exists'));
  await panel.click('document-write');
  expect(panel.words('problem')[0]).toContain('already exists');
  expect(panel.all('document')).toHaveLength(1);
});

test('an event leads to its document', async () => {
  const panel = await openPanel();
  await panel.press('2');
  const failed = panel.platform.events.findIndex((one) => one.event_type === 'repo.build.failed');
  await panel.click('event-open', failed);
  await panel.click('event-document');
  const argument = panel.platform.events[failed]?.id;
  expect(panel.platform.asked('document')).toEqual([{ kind: 'postmortem', argument, write: false }]);
  expect(panel.all('document')).toHaveLength(1);
});
