-- CreateEnum
CREATE TYPE "NotificationKind" AS ENUM ('DIRECT_MESSAGE', 'MENTION', 'REPLY', 'ADDED_TO_CHANNEL');

-- CreateTable
CREATE TABLE "notifications" (
    "id" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "changed" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "added" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "user_id" UUID NOT NULL,
    "kind" "NotificationKind" NOT NULL,
    "channel_id" UUID NOT NULL,
    "seq" INTEGER,
    "actor_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "read_at" TIMESTAMPTZ(3),

    CONSTRAINT "notifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notifier" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "epoch" UUID NOT NULL,
    "since" TEXT NOT NULL,
    "until" TEXT,
    "after_channel" UUID,
    "after_seq" INTEGER,

    CONSTRAINT "notifier_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mail_people" (
    "user_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "mailed_at" TIMESTAMPTZ(3)[] NOT NULL DEFAULT '{}',

    CONSTRAINT "mail_people_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "mail_conversations" (
    "user_id" UUID NOT NULL,
    "channel_id" UUID NOT NULL,
    "waiting_since" TIMESTAMPTZ(3),
    "mailed_at" TIMESTAMPTZ(3),
    "mailed_seq" INTEGER NOT NULL DEFAULT 0,
    "step" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "mail_conversations_pkey" PRIMARY KEY ("user_id","channel_id")
);

-- CreateIndex
CREATE INDEX "notifications_changed_idx" ON "notifications"("changed");

-- CreateIndex
CREATE INDEX "notifications_user_id_created_at_id_idx" ON "notifications"("user_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "notifications_channel_id_seq_idx" ON "notifications"("channel_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "notifications_user_id_channel_id_seq_key" ON "notifications"("user_id", "channel_id", "seq");

-- AddForeignKey
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channels"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_actor_id_fkey" FOREIGN KEY ("actor_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mail_people" ADD CONSTRAINT "mail_people_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mail_conversations" ADD CONSTRAINT "mail_conversations_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mail_conversations" ADD CONSTRAINT "mail_conversations_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channels"("id") ON DELETE RESTRICT ON UPDATE CASCADE;



-- Only being added to a channel is about no message.
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_about" CHECK (("kind" = 'ADDED_TO_CHANNEL') = ("seq" IS NULL) AND "seq" >= 1);
ALTER TABLE "mail_conversations" ADD CONSTRAINT "mail_conversations_counts" CHECK ("mailed_seq" >= 0 AND "step" >= 0);

-- A direct conversation is listed once as long as it is unread.
CREATE UNIQUE INDEX "notifications_direct_unread" ON "notifications" ("user_id", "channel_id") WHERE "kind" = 'DIRECT_MESSAGE' AND "read_at" IS NULL;
-- What reading ends, in one range however much stays unread; and what counts as unread.
CREATE INDEX "notifications_unread" ON "notifications" ("user_id", "channel_id", (coalesce("seq", 0))) WHERE "read_at" IS NULL;
-- Whoever has nothing due is in nobody's way.
CREATE INDEX "mail_people_due" ON "mail_people" ("due_at") WHERE "due_at" IS NOT NULL;
CREATE INDEX "mail_conversations_waiting" ON "mail_conversations" ("user_id") WHERE "waiting_since" IS NOT NULL;

CREATE TRIGGER "notifications_touch" BEFORE UPDATE ON "notifications" FOR EACH ROW
  WHEN ((OLD."seq", OLD."actor_id", OLD."created_at", OLD."read_at") IS DISTINCT FROM (NEW."seq", NEW."actor_id", NEW."created_at", NEW."read_at"))
  EXECUTE FUNCTION "touch"();

-- The notifier goes on from here: what was said before is nobody's news.
ALTER TABLE "notifier" ADD CONSTRAINT "notifier_one_row" CHECK (id = 1);
INSERT INTO "notifier" ("epoch", "since") SELECT "epoch", pg_current_snapshot()::text FROM "server";

-- Whatever moves a read mark (reading, sending, coming back), the notifications up to there are read with it, that of having been added
-- as well. Rows are locked in the order of their ids, as everyone does who takes several.
CREATE FUNCTION "read_notifications"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "notifications" n SET "read_at" = "reached"."read_at"
  FROM (
    SELECT u."id", coalesce(r."read_at", date_trunc('milliseconds', clock_timestamp())) AS "read_at"
    FROM "moved" r JOIN "old" o ON o."channel_id" = r."channel_id" AND o."user_id" = r."user_id" AND o."read_seq" <> r."read_seq"
    -- So that it is one range of the index: the planner believes that few are unread, and would go through all of the channel.
    CROSS JOIN LATERAL (
      SELECT w."id" FROM "notifications" w
      WHERE w."user_id" = r."user_id" AND w."channel_id" = r."channel_id" AND w."read_at" IS NULL AND coalesce(w."seq", 0) <= r."read_seq" OFFSET 0
    ) AS "within"
    JOIN "notifications" u ON u."id" = "within"."id" AND u."read_at" IS NULL
    ORDER BY u."id" FOR NO KEY UPDATE OF u
  ) AS "reached"
  WHERE n."id" = "reached"."id";
  RETURN NULL;
END $$;

CREATE TRIGGER "receipts_read_notifications" AFTER UPDATE ON "receipts" REFERENCING OLD TABLE AS "old" NEW TABLE AS "moved"
  FOR EACH STATEMENT EXECUTE FUNCTION "read_notifications"();

-- In a channel that someone left, or that is deleted, there is nothing left for them to read.
CREATE FUNCTION "end_notifications"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "notifications" n SET "read_at" = NEW."left_at"
  FROM (
    SELECT u."id" FROM "notifications" u WHERE u."user_id" = NEW."user_id" AND u."channel_id" = NEW."channel_id" AND u."read_at" IS NULL
    ORDER BY u."id" FOR NO KEY UPDATE
  ) AS "ended"
  WHERE n."id" = "ended"."id";
  RETURN NULL;
END $$;

CREATE TRIGGER "memberships_end_notifications" AFTER UPDATE OF "left_at" ON "memberships" FOR EACH ROW
  WHEN (OLD."left_at" IS NULL AND NEW."left_at" IS NOT NULL) EXECUTE FUNCTION "end_notifications"();

CREATE FUNCTION "end_all_notifications"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "notifications" n SET "read_at" = NEW."deleted_at"
  FROM (
    SELECT u."id" FROM "notifications" u WHERE u."channel_id" = NEW."id" AND u."read_at" IS NULL ORDER BY u."id" FOR NO KEY UPDATE
  ) AS "ended"
  WHERE n."id" = "ended"."id";
  RETURN NULL;
END $$;

CREATE TRIGGER "channels_end_notifications" AFTER UPDATE OF "deleted_at" ON "channels" FOR EACH ROW
  WHEN (OLD."deleted_at" IS NULL AND NEW."deleted_at" IS NOT NULL) EXECUTE FUNCTION "end_all_notifications"();

-- A deleted message is nobody's news any more. A direct conversation goes back to the newest one before it that is unread and has no
-- notification of its own.
CREATE FUNCTION "withdraw_notifications"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  "one" record;
  "before" "messages";
BEGIN
  FOR "one" IN
    SELECT n."id", n."kind", n."user_id" FROM "notifications" n
    WHERE n."channel_id" = NEW."channel_id" AND n."seq" = NEW."seq" AND n."read_at" IS NULL ORDER BY n."id" FOR NO KEY UPDATE
  LOOP
    "before" := NULL;
    IF "one"."kind" = 'DIRECT_MESSAGE' THEN
      SELECT m.* INTO "before" FROM "messages" m
      JOIN "receipts" r ON r."channel_id" = m."channel_id" AND r."user_id" = "one"."user_id"
      WHERE m."channel_id" = NEW."channel_id" AND m."seq" < NEW."seq" AND m."seq" > r."read_seq"
        AND m."kind" = 'TEXT' AND m."deleted_at" IS NULL AND m."sender_id" <> "one"."user_id"
        AND NOT EXISTS (
          SELECT FROM "notifications" o WHERE o."user_id" = "one"."user_id" AND o."channel_id" = m."channel_id" AND o."seq" = m."seq"
        )
      ORDER BY m."seq" DESC LIMIT 1;
    END IF;
    IF "before"."seq" IS NULL THEN
      UPDATE "notifications" SET "read_at" = NEW."deleted_at" WHERE "id" = "one"."id";
    ELSE
      UPDATE "notifications" SET "seq" = "before"."seq", "actor_id" = "before"."sender_id", "created_at" = "before"."created_at" WHERE "id" = "one"."id";
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER "messages_withdraw_notifications" AFTER UPDATE OF "deleted_at" ON "messages" FOR EACH ROW
  WHEN (OLD."deleted_at" IS NULL AND NEW."deleted_at" IS NOT NULL) EXECUTE FUNCTION "withdraw_notifications"();

-- Nobody reads the list of someone who is gone. With the tombstone, which comes last, and not with the account: whoever adds them to a
-- channel just then keeps their row, and has to be through before.
CREATE FUNCTION "forget_notifications"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "notifications" WHERE "user_id" = NEW."id";
  RETURN NULL;
END $$;

CREATE TRIGGER "users_forget_notifications" AFTER UPDATE OF "deleted_at" ON "users" FOR EACH ROW
  WHEN (OLD."deleted_at" IS NULL AND NEW."deleted_at" IS NOT NULL) EXECUTE FUNCTION "forget_notifications"();
