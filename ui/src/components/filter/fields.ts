/** The fields of a filter, as they are shown and asked for. */
export const FIELDS = [
  'event_type',
  'repository',
  'branch',
  'author',
  'label',
  'path',
  'text',
  'rule',
  'job',
] as const;

/** What can be done with an event that fits. */
export const ACTIONS = ['show', 'silent', 'urgent', 'never', 'done', 'accept'] as const;
