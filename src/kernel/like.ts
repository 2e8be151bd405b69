/** Text for a pattern of LIKE or ILIKE that stands for nothing but itself. */
export const literally = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`)
