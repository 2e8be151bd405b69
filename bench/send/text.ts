/** What everyone says. */
export const text = 'The quick brown fox jumps over the lazy dog, and so it goes on for a while, as people write.'
