// Descriptions of what the Relay plugin writes into the schema by itself: ids, pages, and the one argument of each mutation.

const preset = 'A page holds 50 where nothing is said, at most 100.'

export const relayWords = {
  idFieldOptions: { description: 'Opaque, the same for everyone, and for good. `node(id:)` finds it again.' },
  nodeTypeOptions: { description: 'Whatever has an `id` and can be asked for by it.' },

  mutationInputArgOptions: { description: 'What is to be done.' },
  defaultMutationInputTypeOptions: {
    description: 'The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them.',
  },

  firstArgOptions: { description: `The first so many, from the start or from \`after\` on; 0–100. ${preset}` },
  lastArgOptions: { description: 'The last so many, from the end or from `before` back; 0–100, and not together with `first`.' },
  afterArgOptions: { description: 'Only what comes after this: a `cursor` of this list, or `endCursor` of the page before.' },
  beforeArgOptions: { description: 'Only what comes before this: a `cursor` of this list, or `startCursor` of the page behind.' },

  defaultConnectionTypeOptions: { description: `A page of a list, as the Relay specification has it. ${preset}` },
  edgesFieldOptions: { description: 'What is on this page, in the order of the list, whichever end it was read from.' },
  pageInfoFieldOptions: { description: 'How to go on from here.' },
  defaultEdgeTypeOptions: { description: 'One place in a list.' },
  cursorFieldOptions: { description: 'This place, for `after` and `before` of the same list. It is no StreamCursor.' },
  nodeFieldOptions: { description: 'What is at this place.' },

  pageInfoTypeOptions: { description: 'Where a page ends, and whether there is more.' },
  hasNextPageFieldOptions: {
    description: 'Whether something comes after this page. Read from the end: whether anything was given as `before`.',
  },
  hasPreviousPageFieldOptions: {
    description: 'Whether something comes before this page. Read from the start: whether anything was given as `after`.',
  },
  startCursorFieldOptions: { description: 'For `before` of the page in front; null where this page is empty.' },
  endCursorFieldOptions: { description: 'For `after` of the page behind; null where this page is empty.' },
}

/** The union that a mutation returns. */
export const resultWords = 'The payload, or one of the failures that can be expected. Ask for `... on Error`: members may be added.'
