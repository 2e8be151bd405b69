/** Fresh keys: UUIDv7, lower case. Later ones from one process sort after earlier ones, so inserts go to the end of an index. */
export type Ids = () => string
