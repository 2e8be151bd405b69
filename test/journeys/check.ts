import type { Entry } from './history.ts'

export type Violation = { promise: string; what: string; at: number }

type Of<Type extends Entry['type']> = Extract<Entry, { type: Type }>

const place = (channel: string, seq: number) => `${channel} ${seq}`

/** Holds a history against what is promised. Knows nothing but what is written there, so that it can be held again. */
export function check(entries: readonly Entry[]): Violation[] {
  const violations: Violation[] = []
  const broken = (promise: string, what: string, at = 0) => void violations.push({ promise, what, at })
  const all = <Type extends Entry['type']>(type: Type) => entries.filter((entry): entry is Of<Type> => entry.type === type)

  const stored = new Map(all('stored').map((row) => [place(row.channel, row.seq), row]))
  const byChannel = Map.groupBy(all('stored'), ({ channel }) => channel)
  const sent = new Map(all('sending').map((one) => [one.key, one]))
  const acknowledged = new Map<string, number>()
  const removals = all('removed')
  const wasRemoved = (person: string, channel: string) => removals.find((one) => one.person === person && one.channel === channel)

  for (const { key, seq, at } of all('acknowledged')) {
    const { channel, text } = sent.get(key)!
    const row = stored.get(place(channel, seq))
    if (row?.key !== key || (row.version === 1 && row.text !== text))
      broken('acknowledged is stored', `${key} was acknowledged as ${place(channel, seq)}, where ${JSON.stringify(row ?? null)} is`, at)
    acknowledged.set(place(channel, seq), Math.min(acknowledged.get(place(channel, seq)) ?? Infinity, at))
  }
  for (const { key, at } of all('abandoned')) broken('every send is answered', `${key} was never answered`, at)
  for (const { key, code, at } of all('refused')) {
    const { by, channel } = sent.get(key)!
    if (!wasRemoved(by, channel)) broken('every send is answered', `${key} was refused with ${code}`, at)
  }
  for (const { key, node, ms, at } of all('silence')) broken('every attempt is answered', `${node} said nothing to ${key} for ${ms} ms`, at)
  for (const { key, why, at } of all('unknown'))
    if (/INTERNAL/.test(why)) broken('no fault is met as a bug', `${key} was answered with ${why}`, at)
  for (const { reader, why, at } of all('broken'))
    if (/INTERNAL|4500/.test(why)) broken('no fault is met as a bug', `${reader} was told ${why}`, at)
  for (const { channel, seq, version, text, at } of all('edited')) {
    const row = stored.get(place(channel, seq))
    if (!row || row.version < version || (row.version === version && row.text !== text))
      broken('acknowledged is stored', `an edit of ${place(channel, seq)} to version ${version} is gone`, at)
  }

  const keys = new Set<string>()
  for (const [channel, rows] of byChannel) {
    const seqs = rows.map(({ seq }) => seq).toSorted((one, other) => one - other)
    seqs.forEach((seq, index) => {
      if (seq !== index + 1) broken('numbers are dense', `${channel} has ${seq} where ${index + 1} belongs`)
    })
    for (const { key, seq } of rows) {
      if (key === null) continue
      if (keys.has(key)) broken('a key once', `${key} is stored again as ${place(channel, seq)}`)
      keys.add(key)
      if (sent.get(key)?.channel !== channel) broken('only what was sent', `${place(channel, seq)} was sent by nobody here`)
    }
  }

  for (const reader of all('reader')) {
    const heard = all('got').filter((one) => one.reader === reader.reader)
    checkAccess(reader, heard)
    for (const [channel, after] of Object.entries(reader.after)) {
      const here = heard.filter((one) => one.channel === channel)
      if (reader.kind === 'channel') checkOrder(reader, here, after)
      else for (const session of Map.groupBy(here, (one) => one.session).values()) checkOrder(reader, session, -1)
      checkWhole(reader, here, channel, after)
    }
  }
  for (const { reader, reason, at } of all('resync'))
    if (reason !== 'SLOW_CONSUMER') broken('no gap without a reason', `${reader} was told to read anew: ${reason}`, at)
  checkDelay()
  return violations.toSorted((one, other) => one.at - other.at)

  /** Each once and in order; without holes where `after` says what it begins behind. */
  function checkOrder({ reader }: Of<'reader'>, heard: readonly Of<'got'>[], after: number): void {
    let last = after
    const had = new Set<number>()
    for (const { event, channel, seq, at } of heard) {
      if (event !== 'added') continue
      if (had.has(seq) || (after >= 0 && seq <= after)) broken('no double', `${reader} got ${place(channel, seq)} again`, at)
      else if (seq < last) broken('order', `${reader} got ${place(channel, seq)} after ${last}`, at)
      else if (after >= 0 && seq > last + 1) broken('no hole', `${reader} got ${place(channel, seq)} after ${last}`, at)
      had.add(seq)
      last = Math.max(last, seq)
    }
  }

  /** All of it arrived, and the highest version is the truth. */
  function checkWhole({ reader, kind, person }: Of<'reader'>, heard: readonly Of<'got'>[], channel: string, after: number): void {
    const newest = new Map<number, Of<'got'>>()
    for (const one of heard) if ((newest.get(one.seq)?.version ?? 0) <= one.version) newest.set(one.seq, one)
    const until = wasRemoved(person, channel) ? 0 : Infinity
    for (const row of byChannel.get(channel) ?? []) {
      const got = newest.get(row.seq)
      if (!got && row.seq > after && row.seq < until) broken('nothing is missed', `${reader} never got ${place(channel, row.seq)}`)
      if (got && got.version === row.version && got.text !== row.text)
        broken('the highest version is the truth', `${reader} got ${place(channel, row.seq)} with another text`, got.at)
      if (got && kind === 'inbox' && until === Infinity && got.version !== row.version)
        broken(
          'the highest version is the truth',
          `${reader} knows ${place(channel, row.seq)} at ${got.version}, it is at ${row.version}`,
          got.at,
        )
    }
    for (const { seq, at } of newest.values())
      if (!stored.has(place(channel, seq))) broken('acknowledged is stored', `${reader} got ${place(channel, seq)}, which is not there`, at)
  }

  /** Nothing of a channel that was committed after one was removed, and the end is told; nobody else is sent away. */
  function checkAccess({ reader, person, after }: Of<'reader'>, heard: readonly Of<'got'>[]): void {
    const told = all('told').filter((one) => one.reader === reader)
    for (const { channel, how, at } of told)
      if (!wasRemoved(person, channel)) broken('members stay', `${reader} was sent away from ${channel}: ${how}`, at)
    for (const { channel, seq } of removals.filter((one) => one.person === person && one.channel in after)) {
      if (!told.some((one) => one.channel === channel))
        broken('the end is told', `${reader} was not told that ${person} is no longer in ${channel}`)
      for (const late of heard.filter((one) => one.channel === channel && one.seq > seq))
        broken('nothing after removal', `${reader} got ${place(channel, late.seq)}, ${person} was removed at ${seq}`, late.at)
    }
  }

  function checkDelay(): void {
    const limit = all('limit').at(-1)
    if (!limit) return
    for (const { reader, channel, seq, ms, at, node } of waits(entries))
      if (ms > limit.ms && node !== limit.butAt) broken('in time', `${reader} waited ${ms} ms for ${place(channel, seq)}`, at)
  }
}

type Wait = { reader: string; node: string; channel: string; seq: number; ms: number; at: number }

/** How long each message took from its acknowledgement, or from when the reader began to connect, to arriving for the first time. */
export function waits(entries: readonly Entry[]): Wait[] {
  const sent = new Map<string, string>()
  const acknowledged = new Map<string, number>()
  const opened = new Map<string, Of<'opened'>>()
  const arrived = new Map<string, Of<'got'>>()
  for (const entry of entries) {
    if (entry.type === 'sending') sent.set(entry.key, entry.channel)
    if (entry.type === 'acknowledged') {
      const where = place(sent.get(entry.key)!, entry.seq)
      if (!acknowledged.has(where)) acknowledged.set(where, entry.at)
    }
    if (entry.type === 'opened') opened.set(`${entry.reader} ${entry.session}`, entry)
    const key = entry.type === 'got' && `${entry.reader} ${place(entry.channel, entry.seq)}`
    if (key && entry.type === 'got' && !arrived.has(key)) arrived.set(key, entry)
  }
  return [...arrived.values()].flatMap(({ reader, session, channel, seq, at }) => {
    const since = acknowledged.get(place(channel, seq))
    const connection = opened.get(`${reader} ${session}`)
    if (since === undefined || !connection) return []
    return [{ reader, node: connection.node, channel, seq, at, ms: Math.max(0, at - Math.max(since, connection.at)) }]
  })
}
