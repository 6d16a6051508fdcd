/** Connections: the forges and folders that are watched, and how each is set up. */
import { decimal, plural } from '../locale';

export const connections = {
  title: 'Connections',
  none: 'None yet.',
  add: 'Add a connection',
  state: {
    starting: 'starting',
    well: 'well',
    waiting: 'waiting',
    broken: 'needs you',
    unreachable: 'unreachable',
  },
  until: (when: string) => `until ${when}`,
  retried: 'It is tried again by itself.',
  lastSuccess: 'last answer',
  webhook: 'Webhook',
  tokenEnds: (day: string) => `The token ends on ${day}.`,
  quota: (used: number | null, left: number, full: string) =>
    `${used === null ? '' : `${decimal(used)} requests used, `}${decimal(left)} left until ${full}`,
  change: 'Change',
  disconnect: 'Disconnect',
  disconnectAsk: (name: string) => `Disconnect \`${name}\`? Its secrets are deleted; what it brought stays.`,
  disconnectYes: 'Disconnect',
  keep: 'Keep it',
};

export const tunnel = {
  title: (kind: string) => `Tunnel ${kind}:`,
  state: {
    closed: 'closed',
    opening: 'being opened',
    open: 'open',
    retrying: 'broken off',
    broken: 'needs you',
  },
  again: 'tried again',
  came: (number: number) =>
    `${decimal(number)} ${plural(number, { one: 'delivery,', other: 'deliveries, the last' })}`,
  nothing: 'Nothing came by it yet.',
};

export const signIn = {
  look: 'Check the token',
  cli: (program: string) => `Use the token of ${program}`,
  device: 'Sign in with a browser',
  clientId: 'Client id',
  clientIdHelp: 'Of an OAuth application you registered there, with the device flow allowed.',
  enter: 'Enter this code there:',
  open: 'Open the page',
  until: (when: string) => `It is good until ${when}.`,
  token: (kind: string, login: string | null, scopes: string | null) =>
    [kind, login ? ` of ${login}` : '', scopes === null ? '' : ` with ${scopes || 'no scope'}`].join(''),
  ends: (day: string) => `It ends on ${day}.`,
  held: { held: 'has it', missing: 'missing', later: 'not yet', unknown: 'not told' },
  readsOnly: 'It only reads. What you accept will need a token that may write.',
};

export const repositories = {
  title: 'Repositories',
  search: 'Search repositories',
  archived: 'archived',
  private: 'private',
  none: 'None of that name.',
  rest: (count: number) => `and ${count} more; a word narrows them down`,
  more: 'There are more than could be listed. Write the names of others above.',
};

export const webhooks = {
  title: 'Webhooks',
  none: (path: string) => `None leads to \`${path}\`.`,
  off: 'switched off',
  madeHere: 'made by Perch',
  left: (repository: string, why: string) => `The webhook of ${repository} is still there: ${why}.`,
  rotating: 'Two secrets are believed.',
  url: 'Public address of the listener',
  urlHint: 'https://perch.example.org',
  help: 'Polling alone sees everything; webhooks are only faster. The address must reach this machine.',
  make: 'Make webhooks',
  remove: 'Remove those Perch made',
  rotate: 'New secret',
  promote: 'Believe only the new secret',
};

export const form = {
  connectTo: (name: string) => `Connect ${name}`,
  change: (name: string) => `Change ${name}`,
  name: 'Name',
  nameHint: 'Made from the provider when left empty.',
  baseUrl: 'Address',
  watch: 'Watch',
  watchHelp: (hint: string) => `One ${hint} per line.`,
  identities: 'Your names there',
  identitiesHelp: 'Login or e-mail, one per line. What names you comes first.',
  secretSet: 'Set. Leave empty to keep it.',
  secretMemory: 'There is no keychain here: secrets are kept until Perch ends.',
  secretHome: 'Secrets are kept in the keychain and nowhere else.',
  optional: 'optional',
  scopes: 'What the token must be allowed',
  onlyToAccept: 'not needed to watch',
  connect: 'Connect',
  save: 'Save',
  cancel: 'Cancel',
  connected: (name: string) => `Connected ${name}`,
};
