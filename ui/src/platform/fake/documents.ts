/** Documents of the sample world. */
import type { AskDocument } from '../../ipc/gen/AskDocument';
import type { Documents } from '../../ipc/gen/Documents';
import type { DocumentView } from '../../ipc/gen/DocumentView';

const ROOT = '/home/ada/code/api';

export const sampleDocuments: Documents = {
  kinds: [
    {
      id: 'adr',
      name: 'Decision record',
      argument: 'Title',
      example: 'Keep ranges as text',
      required: true,
      needs_checkout: false,
    },
    {
      id: 'notes',
      name: 'Release notes',
      argument: 'Version or range',
      example: 'v1.2..v1.3',
      required: false,
      needs_checkout: true,
    },
  ],
  repositories: [
    { name: 'acme/api', folder: ROOT },
    { name: 'acme/web', folder: null },
  ],
};

export function sampleDocument({ kind = '', write = false }: Partial<AskDocument>): DocumentView {
  return {
    kind,
    title: 'api 1.3.0 (2026-11-24)',
    markdown:
      '# api 1.3.0 (2026-11-24)\n\n## Added\n\n- Read ranges from the end of a file ([#42](https://github.com/acme/api/pull/42))\n\n## Fixed\n\n- Close the file when reading stops early ([#44](https://github.com/acme/api/pull/44))\n\n## Contributors\n\n@ada, @grace (first contribution)\n',
    text: 'api 1.3.0 (2026-11-24)\n======================\n\nAdded\n-----\n\n- Read ranges from the end of a file (#42)\n',
    path: 'docs/releases/v1.3.0.md',
    adds: false,
    root: ROOT,
    written: write,
    remarks: ['left out: “ci: cache more” (the project lists no `ci` changes)'],
  };
}
