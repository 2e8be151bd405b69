-- Search in the directory.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- CreateEnum
CREATE TYPE "UserRole" AS ENUM ('USER', 'ADMIN');

-- CreateEnum
CREATE TYPE "EmailNotifications" AS ENUM ('ALL', 'MENTIONS_AND_DIRECT', 'NONE');

-- CreateEnum
CREATE TYPE "LinkKind" AS ENUM ('PASSWORD_RESET', 'EMAIL_VERIFICATION', 'INVITATION');

-- CreateTable
CREATE TABLE "server" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "epoch" UUID NOT NULL DEFAULT gen_random_uuid(),
    "code_key" BYTEA NOT NULL,

    CONSTRAINT "server_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "changed" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "handle" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "avatar_url" TEXT,
    "bio" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "accounts" (
    "user_id" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "changed" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "email" TEXT,
    "email_verified_at" TIMESTAMPTZ(3),
    "phone" TEXT,
    "password_hash" TEXT,
    "role" "UserRole" NOT NULL DEFAULT 'USER',
    "read_receipts" BOOLEAN NOT NULL DEFAULT true,
    "email_notifications" "EmailNotifications" NOT NULL DEFAULT 'MENTIONS_AND_DIRECT',
    "push_notifications" BOOLEAN NOT NULL DEFAULT true,
    "quiet_from" TEXT,
    "quiet_to" TEXT,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "user_agent" TEXT,
    "ip_address" TEXT,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_codes" (
    "address" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_codes_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "links" (
    "token_hash" TEXT NOT NULL,
    "kind" "LinkKind" NOT NULL,
    "user_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "links_pkey" PRIMARY KEY ("token_hash")
);

-- CreateIndex
CREATE INDEX "users_changed_idx" ON "users"("changed");

-- CreateIndex
CREATE UNIQUE INDEX "accounts_email_key" ON "accounts"("email");

-- CreateIndex
CREATE UNIQUE INDEX "accounts_phone_key" ON "accounts"("phone");

-- CreateIndex
CREATE INDEX "accounts_changed_idx" ON "accounts"("changed");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_hash_key" ON "sessions"("token_hash");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE INDEX "sign_in_codes_expires_at_idx" ON "sign_in_codes"("expires_at");

-- CreateIndex
CREATE INDEX "links_expires_at_idx" ON "links"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "links_user_id_kind_key" ON "links"("user_id", "kind");

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "links" ADD CONSTRAINT "links_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- One row, there from the start. The code key is two random UUIDs: 244 bits.
ALTER TABLE "server" ADD CONSTRAINT "server_one_row" CHECK (id = 1);
INSERT INTO "server" ("code_key") VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- Handles sort the same on every server, whatever its locale, and their index finds those that begin alike.
ALTER TABLE "users" ALTER COLUMN "handle" TYPE TEXT COLLATE "C";

-- The deleted give their handle back.
CREATE UNIQUE INDEX "users_handle_key" ON "users" ("handle") WHERE "deleted_at" IS NULL;
CREATE INDEX "users_display_name_trgm" ON "users" USING gin ("display_name" gin_trgm_ops) WHERE "deleted_at" IS NULL;

ALTER TABLE "users" ADD CONSTRAINT "users_handle_form" CHECK ("handle" ~ '^[a-z0-9_.-]{3,30}$' OR "deleted_at" IS NOT NULL);
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_email_lower" CHECK ("email" = lower("email"));
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_quiet_hours_whole" CHECK (("quiet_from" IS NULL) = ("quiet_to" IS NULL));

-- The change feed (ARCHITECTURE.md): `version` counts what clients see of a row, `changed` is the transaction that last
-- wrote it. The trigger names the columns that clients see. Others (such as the hash of a password) change without a trace.
CREATE FUNCTION "touch"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."version" := OLD."version" + 1;
  NEW."changed" := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$;

CREATE TRIGGER "users_touch" BEFORE UPDATE ON "users" FOR EACH ROW
  WHEN ((OLD."handle", OLD."display_name", OLD."avatar_url", OLD."bio", OLD."deleted_at")
    IS DISTINCT FROM (NEW."handle", NEW."display_name", NEW."avatar_url", NEW."bio", NEW."deleted_at"))
  EXECUTE FUNCTION "touch"();

CREATE TRIGGER "accounts_touch" BEFORE UPDATE ON "accounts" FOR EACH ROW
  WHEN ((OLD."email", OLD."email_verified_at", OLD."phone", OLD."role", OLD."read_receipts", OLD."email_notifications",
         OLD."push_notifications", OLD."quiet_from", OLD."quiet_to", OLD."time_zone")
    IS DISTINCT FROM (NEW."email", NEW."email_verified_at", NEW."phone", NEW."role", NEW."read_receipts", NEW."email_notifications",
         NEW."push_notifications", NEW."quiet_from", NEW."quiet_to", NEW."time_zone"))
  EXECUTE FUNCTION "touch"();
