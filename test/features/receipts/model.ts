// A channel as the contract tells it, in plain lists: nothing here is computed as the database does it.

export type Role = 'OWNER' | 'MODERATOR' | 'MEMBER'

type Message = { sender: number; system: boolean; deleted: boolean; text: string; names: ReadonlySet<number> }
type Seat = { present: boolean; role: Role; delivered: number; read: number; unreadFrom: number | null; historyFrom: number }

/** People are numbers; the first owns it. The number of a message is its place, from 1. */
export class Model {
  readonly kind: 'GROUP' | 'PUBLIC'
  readonly seats: Seat[]
  readonly messages: Message[] = []

  constructor(kind: 'GROUP' | 'PUBLIC', people: number) {
    this.kind = kind
    this.seats = Array.from({ length: people }, (_, person) => ({
      present: true,
      role: person === 0 ? 'OWNER' : 'MEMBER',
      delivered: 0,
      read: 0,
      unreadFrom: null,
      historyFrom: 1,
    }))
  }

  get lastSeq() {
    return this.messages.length
  }

  present = (person: number) => this.seats[person]!.present
  message = (seq: number) => this.messages[seq - 1]!
  sees = (person: number, seq: number) => this.present(person) && seq >= this.seats[person]!.historyFrom

  /** Whom a text names: members, and all of them where a moderator calls the channel. */
  namesOf(sender: number, called: readonly number[], channel: boolean): ReadonlySet<number> {
    const all = this.seats.flatMap(({ present }, person) => (present ? [person] : []))
    return new Set(channel && this.seats[sender]!.role !== 'MEMBER' ? all : all.filter((person) => called.includes(person)))
  }

  send(sender: number, text: string, names: ReadonlySet<number>) {
    this.messages.push({ sender, system: false, deleted: false, text, names })
    Object.assign(this.seats[sender]!, { delivered: this.lastSeq, read: this.lastSeq, unreadFrom: null })
  }

  notice(actor: number) {
    this.messages.push({ sender: actor, system: true, deleted: false, text: '', names: new Set() })
  }

  deliver(person: number, seq: number) {
    const seat = this.seats[person]!
    if (seq > seat.delivered) seat.delivered = seq
  }

  read(person: number, seq: number) {
    const seat = this.seats[person]!
    if (seq > seat.read) seat.read = seq
    this.deliver(person, seq)
    seat.unreadFrom = null
  }

  leave(person: number) {
    this.notice(person)
    this.seats[person]!.present = false
  }

  join(person: number, actor: number, withHistory: boolean) {
    this.notice(actor)
    this.seats[person] = {
      present: true,
      role: 'MEMBER',
      delivered: this.lastSeq,
      read: this.lastSeq,
      unreadFrom: null,
      historyFrom: this.kind === 'PUBLIC' || withHistory ? 1 : this.lastSeq,
    }
  }

  setRole(person: number, role: Role) {
    this.notice(0)
    this.seats[person]!.role = role
  }

  /** Counted one by one. */
  unread(person: number): { messages: number; mentions: number; firstUnreadSeq: number | null } | null {
    const { present, read, unreadFrom, historyFrom } = this.seats[person]!
    if (!present) return null
    const from = Math.max(unreadFrom ?? read + 1, historyFrom)
    const counted = this.messages.flatMap(({ sender, system, deleted, names }, place) =>
      place + 1 >= from && sender !== person && !system && !deleted ? [{ seq: place + 1, named: names.has(person) }] : [],
    )
    return { messages: counted.length, mentions: counted.filter(({ named }) => named).length, firstUnreadSeq: counted[0]?.seq ?? null }
  }
}
