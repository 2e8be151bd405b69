import { defineConfig } from 'prisma/config'

// Only for Prisma's own command line: the server reads its settings in src/env.ts and applies the migrations itself.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:5432/parley' },
})
