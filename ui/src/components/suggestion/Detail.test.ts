import { fireEvent } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { CallError } from '../../ipc/call';
import { openPanel, settled } from '../../test/panel';

const BUILD = '019a8f10-0001-7000-8000-000000000001';
const EFFECT =
  'Creates branch perch/build-failed/remove-unused-mut-3f2a91 from main@9d1c0e2 with src/main.rs changed; your files, index and branch stay as they are, and nothing is pushed.';

test('the effect stands word for word before the button that has it', async () => {
  const panel = await openPanel();
  expect(panel.words('brief')).toEqual([EFFECT]);
  await panel.press('Enter');
  expect(panel.words('effect')[0]).toBe(`${EFFECT} Can be undone.`);
  expect(panel.words('accept')).toEqual(['Create fix branch A']);
});

test('accepting shows each step as it is done, then what happened, and undo takes it back', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  await panel.click('other-ways');
  await fireEvent.click(panel.all('action-choice')[1] as HTMLElement);
  await panel.press('a');
  expect(panel.words('step')).toEqual([
    'running: Creating branch perch/build-failed/remove-unused-mut-3f2a91',
  ]);
  expect(panel.all('accept')).toEqual([]);

  panel.platform.finishStep();
  await settled();
  expect(panel.all('step').map((step) => step.dataset['state'])).toEqual(['done', 'running']);

  panel.platform.finishStep();
  await settled();
  expect(panel.one('outcome').dataset['state']).toBe('done');
  expect(panel.words('outcome-link')).toEqual(['acme/api#44']);
  expect(panel.words('said')).toEqual(['Done: Open fix PR']);

  await panel.click('outcome-link');
  expect(panel.platform.followed).toEqual(['https://github.com/acme/api/pull/44']);

  await panel.press('u');
  expect(panel.platform.asked('undo')).toEqual([{ id: BUILD, action: 'act-pr' }]);
  expect(panel.one('outcome').dataset['state']).toBe('undoing');
  panel.platform.finishStep();
  await settled();
  expect(panel.one('outcome').dataset['state']).toBe('undone');
  expect(panel.all('undo')).toEqual([]);
});

test('a second press while it runs does not accept again', async () => {
  const panel = await openPanel();
  await panel.press('a');
  await panel.press('a');
  expect(panel.platform.asked('accept')).toHaveLength(1);
});

test('a suggestion read while another runs can be accepted', async () => {
  const panel = await openPanel({ wide: true });
  await panel.press('a');
  await panel.press('j');
  expect(panel.one('accept').hasAttribute('disabled')).toBe(false);
});

test('u undoes what was accepted last from wherever the user is', async () => {
  const panel = await openPanel({ wide: true });
  await panel.press('a');
  panel.platform.finishStep();
  await settled();
  await panel.press('j');
  await panel.press('u');
  expect(panel.platform.asked('undo')).toEqual([{ id: BUILD, action: 'act-branch' }]);
});

test('a refused action is shown with its reason and cannot be chosen', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  await panel.click('other-ways');
  expect(panel.words('refused')).toEqual([
    'Apply to the working tree Cannot be done now: src/main.rs has uncommitted changes on line 3; commit or stash them first.',
  ]);
  expect(panel.all('action-choice')).toHaveLength(2);
});

test('where everything is refused there is no button', async () => {
  const panel = await openPanel({
    before: (platform) => {
      for (const action of platform.suggestions[0]?.actions ?? [])
        action.refused = 'the repository is locked';
    },
  });
  expect(panel.all('row-accept')).toEqual([]);
  await panel.press('Enter');
  expect(panel.all('accept')).toEqual([]);
  expect(panel.all('refused')).toHaveLength(3);
  await panel.press('a');
  expect(panel.platform.asked('accept')).toEqual([]);
});

test('a moved base is said and made afresh by one click', async () => {
  const panel = await openPanel();
  panel.platform.failNext('accept', new CallError('moved', '`main` moved to `77ab310` since this was made'));
  await panel.press('a');
  expect(panel.words('problem')[0]).toContain('main moved to 77ab310 since this was made');
  expect(panel.words('said')[0]).toContain('Not done');
  await panel.click('refresh');
  expect(panel.platform.asked('refresh')).toEqual([{ id: BUILD }]);
  expect(panel.all('problem')).toEqual([]);
  expect(panel.words('effect')[0]).toContain('main@77ab310');
});

test('a failed action says why and offers to try again or afresh', async () => {
  const panel = await openPanel({
    before: (platform) => {
      const action = platform.suggestions[0]?.actions[0];
      if (!action) throw new Error('the sample has an action');
      action.outcome = {
        action_id: action.id,
        state: 'failed',
        steps: [{ text: 'creating the branch', done: false, undone: false, links: [] }],
        error: '`src/main.rs` no longer holds the text the fix replaces',
        can_undo: false,
        finished_at: new Date().toISOString(),
      };
    },
  });
  await panel.press('Enter');
  expect(panel.words('step')).toEqual(['failed: Creating the branch']);
  expect(panel.words('problem')[0]).toContain('src/main.rs no longer holds the text the fix replaces');
  await panel.click('again');
  expect(panel.platform.asked('accept')).toHaveLength(1);
});

test('title and left out parts are sent as amendments', async () => {
  const panel = await openPanel();
  await panel.press('e');
  await panel.type('amend-title', 'Drop a needless mut');
  await panel.click('hunk', 1);
  expect(panel.one('detail').textContent).toContain('1 of 2 parts left out');
  await panel.click('accept');
  expect(panel.platform.asked('accept')).toEqual([
    {
      id: BUILD,
      action: 'act-branch',
      amendments: { title: 'Drop a needless mut', body: null, left_out: [1] },
    },
  ]);
});

test('a changed text is sent, an unchanged one is not', async () => {
  const panel = await openPanel();
  await panel.press('j');
  await panel.press('e');
  await panel.type('amend-body', 'Please test the empty range.');
  await panel.click('accept');
  expect(panel.platform.asked('accept')).toMatchObject([
    {
      action: 'act-comment',
      amendments: { title: null, body: 'Please test the empty range.', left_out: [] },
    },
  ]);
});

test('what is left when every part is left out cannot be accepted, by click or by key', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  await panel.click('hunk', 0);
  await panel.click('hunk', 1);
  expect(panel.one('accept').hasAttribute('disabled')).toBe(true);
  await panel.press('a');
  expect(panel.platform.asked('accept')).toEqual([]);
});

test('copying puts the text on the clipboard of whoever clicked', async () => {
  const panel = await openPanel();
  await panel.press('j');
  await panel.press('Enter');
  await panel.click('other-ways');
  await fireEvent.click(panel.all('action-choice')[1] as HTMLElement);
  await panel.press('a');
  expect(panel.platform.copied[0]).toContain('parse_range');
  expect(panel.platform.asked('accept')).toMatchObject([{ action: 'act-copy' }]);
});

test('never again mutes the rule after asking', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  await panel.click('less');
  expect(panel.platform.asked('dismiss')).toEqual([]);
  await panel.click('never-again');
  expect(panel.platform.asked('dismiss')).toEqual([{ id: BUILD, never_again: true }]);
});

test('why did I get this tells what each step decided', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  await panel.click('why');
  const words = panel.words('verdicts')[0];
  for (const part of ['gate', 'analyse', 'it involves you']) expect(words).toContain(part);
});

test('what was sent is shown as it was, and that nothing was is said', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  await panel.click('sent');
  expect(panel.one('detail').textContent).toContain('no model was asked');
  await panel.press('j');
  await panel.click('sent');
  expect(panel.words('sent-text')[0]).toContain('‹redacted:github-token#1›');
});

test('statements are told once, with where they can be checked', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  expect(panel.one('detail').textContent.match(/is never changed/g)).toHaveLength(1);
  expect(panel.words('body')[0]).toContain('Remove the unused mut');
  expect(panel.words('place')).toContain('src/main.rs:3');
});

test('every line of a file that is named opens in the editor', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  const opened = () => panel.platform.asked('open_place').at(-1);
  const place = { suggestion: BUILD, repository: null, path: 'src/main.rs' };
  const files = panel.words('file');
  expect(files).toContain('src/main.rs:3:9');
  await panel.click('file', files.indexOf('src/main.rs:3'));
  expect(opened()).toEqual({ ...place, line: 3 });
  expect(panel.words('said')).toEqual(['Opened in VS Code']);
  // The change's own lines are opened where they stand now.
  const number = panel.one('diff').querySelector<HTMLElement>('.added .number button, .number.added button');
  if (!number) throw new Error('the change adds a line');
  await fireEvent.click(number);
  await settled();
  expect(opened()).toMatchObject(place);

  const refusal = 'no editor was found on this machine; install one, or set $VISUAL and start Perch again';
  panel.platform.failNext('open_place', new CallError('refused', refusal));
  await panel.click('file', files.indexOf('src/main.rs:3'));
  expect(panel.words('problem')).toEqual([expect.stringContaining('no editor was found')]);
  await panel.click('place-copy');
  expect(panel.platform.copied).toEqual(['src/main.rs:3']);
  expect(panel.all('problem')).toEqual([]);
});

test('a dismissal that fails says why and keeps the suggestion', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  panel.platform.failNext('dismiss', new CallError('failed', 'the disk is full; free some space'));
  await panel.press('d');
  expect(panel.words('problem')).toEqual(['the disk is full; free some space']);
  expect(panel.words('detail-title')[0]).toContain('Build failed on main');
});

test('a change made elsewhere is shown without being asked for', async () => {
  const panel = await openPanel();
  await panel.press('Enter');
  const [first] = panel.platform.suggestions;
  if (!first) throw new Error('the sample has suggestions');
  first.summary.title = 'Build failed twice';
  panel.platform.tell({ kind: 'suggestion', user: 'ada', id: BUILD });
  await settled();
  expect(panel.words('detail-title')[0]).toContain('Build failed twice');
});
