/** What happens in a channel is published here, once it is committed, with its rows. */
export const channelTopic = (channelId: string) => `channel.${channelId}`
export const isChannelTopic = (topic: string): boolean => topic.startsWith('channel.')
export const channelOf = (topic: string): string => topic.slice('channel.'.length)

/** What concerns one person, wherever it happens: so a running inbox hears of a channel it has just been added to. */
export const personTopic = (userId: string) => `person.${userId}`
export const isPersonTopic = (topic: string): boolean => topic.startsWith('person.')
export const personOf = (topic: string): string => topic.slice('person.'.length)

/** How one person is, for those who watch them. */
export const presenceTopic = (userId: string) => `presence.${userId}`
