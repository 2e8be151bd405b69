-- CreateEnum
CREATE TYPE "ChannelKind" AS ENUM ('DIRECT', 'GROUP', 'PUBLIC');

-- CreateEnum
CREATE TYPE "MemberRole" AS ENUM ('OWNER', 'MODERATOR', 'MEMBER');

-- CreateEnum
CREATE TYPE "NotificationLevel" AS ENUM ('ALL', 'MENTIONS', 'NONE');

-- CreateEnum
CREATE TYPE "MessageKind" AS ENUM ('TEXT', 'SYSTEM');

-- CreateTable
CREATE TABLE "channels" (
    "id" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "changed" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "kind" "ChannelKind" NOT NULL,
    "name" TEXT,
    "topic" TEXT,
    "direct_low" UUID,
    "direct_high" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "archived_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    "member_count" INTEGER NOT NULL DEFAULT 0,
    "fence" INTEGER NOT NULL DEFAULT 0,
    "last_seq" INTEGER NOT NULL DEFAULT 0,
    "last_active_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "channels_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memberships" (
    "channel_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "changed" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "role" "MemberRole" NOT NULL DEFAULT 'MEMBER',
    "joined_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "left_at" TIMESTAMPTZ(3),
    "history_from" INTEGER NOT NULL DEFAULT 1,
    "notification_level" "NotificationLevel" NOT NULL,
    "muted_until" TIMESTAMPTZ(3),
    "unread_from" INTEGER,

    CONSTRAINT "memberships_pkey" PRIMARY KEY ("channel_id","user_id")
);

-- CreateTable
CREATE TABLE "receipts" (
    "channel_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "changed" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "delivered_seq" INTEGER NOT NULL DEFAULT 0,
    "delivered_at" TIMESTAMPTZ(3),
    "read_seq" INTEGER NOT NULL DEFAULT 0,
    "read_at" TIMESTAMPTZ(3),

    CONSTRAINT "receipts_pkey" PRIMARY KEY ("channel_id","user_id")
);

-- CreateTable
CREATE TABLE "messages" (
    "channel_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "changed" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "added" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "kind" "MessageKind" NOT NULL DEFAULT 'TEXT',
    "sender_id" UUID NOT NULL,
    "text" TEXT,
    "client_id" UUID,
    "content_hash" BYTEA,
    "reply_to_seq" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "edited_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "messages_pkey" PRIMARY KEY ("channel_id","seq")
);

-- CreateTable
CREATE TABLE "mentions" (
    "user_id" UUID NOT NULL,
    "channel_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "by_id" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "mentions_pkey" PRIMARY KEY ("user_id","channel_id","seq")
);

-- CreateTable
CREATE TABLE "reactions" (
    "channel_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "emoji" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "reactions_pkey" PRIMARY KEY ("channel_id","seq","emoji","user_id")
);

-- CreateIndex
CREATE INDEX "channels_changed_idx" ON "channels"("changed");

-- CreateIndex
CREATE UNIQUE INDEX "channels_direct_low_direct_high_key" ON "channels"("direct_low", "direct_high");

-- CreateIndex
CREATE INDEX "memberships_changed_idx" ON "memberships"("changed");

-- CreateIndex
CREATE INDEX "receipts_changed_idx" ON "receipts"("changed");

-- CreateIndex
CREATE INDEX "messages_changed_idx" ON "messages"("changed");

-- CreateIndex
CREATE INDEX "mentions_channel_id_seq_idx" ON "mentions"("channel_id", "seq");

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channels"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channels"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "messages" ADD CONSTRAINT "messages_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channels"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "messages" ADD CONSTRAINT "messages_sender_id_fkey" FOREIGN KEY ("sender_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mentions" ADD CONSTRAINT "mentions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mentions" ADD CONSTRAINT "mentions_channel_id_seq_fkey" FOREIGN KEY ("channel_id", "seq") REFERENCES "messages"("channel_id", "seq") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reactions" ADD CONSTRAINT "reactions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reactions" ADD CONSTRAINT "reactions_channel_id_seq_fkey" FOREIGN KEY ("channel_id", "seq") REFERENCES "messages"("channel_id", "seq") ON DELETE CASCADE ON UPDATE CASCADE;



-- What can't be true of a channel can't be stored.
ALTER TABLE "channels" ADD CONSTRAINT "channels_direct_pair" CHECK (
  CASE WHEN "kind" = 'DIRECT' THEN "direct_low" IS NOT NULL AND "direct_high" IS NOT NULL AND "direct_low" <= "direct_high" AND "name" IS NULL AND "topic" IS NULL
       ELSE "direct_low" IS NULL AND "direct_high" IS NULL AND "name" IS NOT NULL END);
ALTER TABLE "channels" ADD CONSTRAINT "channels_direct_stays" CHECK ("kind" <> 'DIRECT' OR "archived_at" IS NULL AND "deleted_at" IS NULL);
ALTER TABLE "channels" ADD CONSTRAINT "channels_texts" CHECK (length("name") BETWEEN 1 AND 80 AND length("topic") BETWEEN 1 AND 250);
ALTER TABLE "channels" ADD CONSTRAINT "channels_counts" CHECK ("last_seq" >= 0 AND "member_count" >= 0);
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_positions" CHECK ("history_from" >= 1 AND "unread_from" >= 1);
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_marks" CHECK (0 <= "read_seq" AND "read_seq" <= "delivered_seq");
ALTER TABLE "messages" ADD CONSTRAINT "messages_seq" CHECK ("seq" >= 1 AND "reply_to_seq" >= 1 AND "reply_to_seq" < "seq");
ALTER TABLE "messages" ADD CONSTRAINT "messages_text_until_deleted" CHECK (("text" IS NULL) = ("deleted_at" IS NOT NULL) AND length("text") <= 8000);

-- One key, one message. Those without a key are in it, too: it is also how somebody's own messages in a channel are counted.
CREATE UNIQUE INDEX "messages_client_key" ON "messages" ("channel_id", "sender_id", "client_id") INCLUDE ("seq");
-- What doesn't count as unread: the rest is a subtraction.
CREATE INDEX "messages_uncounted" ON "messages" ("channel_id", "seq") INCLUDE ("sender_id") WHERE "kind" = 'SYSTEM' OR "deleted_at" IS NOT NULL;
-- Who is there: however many have left, they are in nobody's way. Owners and moderators are few, and looked for by themselves.
CREATE INDEX "memberships_present" ON "memberships" ("channel_id", "joined_at", "user_id") WHERE "left_at" IS NULL;
CREATE INDEX "memberships_present_leading" ON "memberships" ("channel_id", "role", "joined_at", "user_id") WHERE "left_at" IS NULL AND "role" <> 'MEMBER';
CREATE INDEX "memberships_present_by_user" ON "memberships" ("user_id") WHERE "left_at" IS NULL;
CREATE INDEX "channels_public_name" ON "channels" (lower("name"), "id") WHERE "kind" = 'PUBLIC' AND "deleted_at" IS NULL AND "archived_at" IS NULL;
CREATE INDEX "channels_public_name_trgm" ON "channels" USING gin ("name" gin_trgm_ops) WHERE "kind" = 'PUBLIC' AND "deleted_at" IS NULL AND "archived_at" IS NULL;

-- Rows that change with every message keep room beside them, so that a new version of a channel needs no new index entries.
ALTER TABLE "channels" SET (fillfactor = 70);
ALTER TABLE "receipts" SET (fillfactor = 80);

-- Only for statements that name these columns: a message changes others.
CREATE TRIGGER "channels_touch" BEFORE UPDATE OF "name", "topic", "archived_at", "deleted_at" ON "channels" FOR EACH ROW
  WHEN ((OLD."name", OLD."topic", OLD."archived_at", OLD."deleted_at") IS DISTINCT FROM (NEW."name", NEW."topic", NEW."archived_at", NEW."deleted_at"))
  EXECUTE FUNCTION "touch"();

CREATE TRIGGER "memberships_touch" BEFORE UPDATE ON "memberships" FOR EACH ROW
  WHEN ((OLD."role", OLD."joined_at", OLD."left_at", OLD."history_from", OLD."notification_level", OLD."muted_until", OLD."unread_from")
    IS DISTINCT FROM (NEW."role", NEW."joined_at", NEW."left_at", NEW."history_from", NEW."notification_level", NEW."muted_until", NEW."unread_from"))
  EXECUTE FUNCTION "touch"();

-- Every update of a message is one that clients see. Its reactions and mentions are part of it: whoever changes them updates it.
CREATE TRIGGER "messages_touch" BEFORE UPDATE ON "messages" FOR EACH ROW EXECUTE FUNCTION "touch"();

-- Marks only move forward, and not past the newest message.
CREATE FUNCTION "touch_receipt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."delivered_seq" < OLD."delivered_seq" OR NEW."read_seq" < OLD."read_seq" THEN
    RAISE check_violation USING MESSAGE = 'a mark would move backwards';
  END IF;
  IF NEW."delivered_seq" > (SELECT c."last_seq" FROM "channels" c WHERE c."id" = NEW."channel_id") THEN
    RAISE check_violation USING MESSAGE = 'a mark would move past the newest message';
  END IF;
  NEW."changed" := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$;

CREATE TRIGGER "receipts_begun" BEFORE INSERT ON "receipts" FOR EACH ROW WHEN (NEW."delivered_seq" > 0) EXECUTE FUNCTION "touch_receipt"();

CREATE TRIGGER "receipts_touch" BEFORE UPDATE ON "receipts" FOR EACH ROW
  WHEN ((OLD."delivered_seq", OLD."read_seq") IS DISTINCT FROM (NEW."delivered_seq", NEW."read_seq"))
  EXECUTE FUNCTION "touch_receipt"();

-- The fence counts those who left. A message that was written behind it must not reach who left before: see realtime/topic.ts.
CREATE FUNCTION "count_members"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "channels" SET "member_count" = "member_count" + (NEW."left_at" IS NULL)::integer - (OLD."left_at" IS NULL)::integer,
    "fence" = "fence" + (NEW."left_at" IS NOT NULL)::integer
  WHERE "id" = NEW."channel_id";
  RETURN NULL;
END $$;

-- Once for all that come together: each change of a channel's row by itself would find its way past all before it.
CREATE FUNCTION "count_new_members"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "channels" c SET "member_count" = c."member_count" + "came"."people"
  FROM (SELECT "channel_id", count(*) AS "people" FROM "added" WHERE "left_at" IS NULL GROUP BY 1) AS "came"
  WHERE c."id" = "came"."channel_id";
  RETURN NULL;
END $$;

CREATE TRIGGER "memberships_counted" AFTER INSERT ON "memberships" REFERENCING NEW TABLE AS "added"
  FOR EACH STATEMENT EXECUTE FUNCTION "count_new_members"();
CREATE TRIGGER "memberships_recounted" AFTER UPDATE OF "left_at" ON "memberships" FOR EACH ROW
  WHEN ((OLD."left_at" IS NULL) <> (NEW."left_at" IS NULL)) EXECUTE FUNCTION "count_members"();

-- Whom a message names: members by handle (of several readings of one word the first that is somebody), by id, or all of them.
-- Answers with those it had not named before. A person is found before their membership (the inner limits keep it so): the other way
-- round a handle that is nobody's would be looked for in the whole channel.
CREATE FUNCTION "name_people"("p_channel" uuid, "p_seq" integer, "p_handles" json, "p_ids" uuid[], "p_everyone" boolean) RETURNS uuid[] LANGUAGE sql AS $$
  WITH "read" AS (
    SELECT "found"."id" FROM json_array_elements("p_handles") AS "word"("readings")
    CROSS JOIN LATERAL (
      SELECT u."id" FROM json_array_elements_text("word"."readings") WITH ORDINALITY AS r("handle", "rank")
      CROSS JOIN LATERAL (SELECT p."id" FROM "users" p WHERE p."handle" = r."handle" AND p."deleted_at" IS NULL LIMIT 1) AS u
      CROSS JOIN LATERAL (
        SELECT FROM "memberships" s WHERE s."channel_id" = "p_channel" AND s."user_id" = u."id" AND s."left_at" IS NULL LIMIT 1
      ) AS m
      ORDER BY r."rank" LIMIT 1
    ) AS "found"
    UNION SELECT m."user_id" FROM "memberships" m WHERE "p_everyone" AND m."channel_id" = "p_channel" AND m."left_at" IS NULL
  ), "added" AS (
    INSERT INTO "mentions" ("channel_id", "seq", "user_id", "by_id")
    SELECT "p_channel", "p_seq", "named"."id", bool_or("named"."by_id")
    FROM (SELECT "id", false AS "by_id" FROM "read" UNION ALL SELECT unnest("p_ids"), true) AS "named"
    GROUP BY "named"."id"
    ON CONFLICT DO NOTHING
    RETURNING "user_id"
  )
  SELECT array_agg("user_id") FROM "added"
$$;

-- The writer's statement, for the drafts of one channel: lock, check membership, number, insert, look used keys up, raise the senders'
-- marks and the channel's last activity. Each statement of a function sees what was committed before it, so behind the lock nothing is
-- stale; the fence is as it is there. Without `p_wait` a channel that somebody else holds has no rows in the answer, and nobody waits
-- for it. The settings keep its plans the same however large the tables are when it is first called; rows are found by whole keys, one
-- statement each, because a plan for a join would not be the same for one draft and for many.
CREATE FUNCTION "send_messages"("p_channel" uuid, "p_drafts" json, "p_wait" boolean DEFAULT true)
RETURNS TABLE ("place" integer, "verdict" text, "seq" integer, "created_at" timestamptz, "named" uuid[], "unread_ended" boolean, "fence" integer) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  "channel" "channels";
  "refusal" text;
  "draft" record;
  "member" record;
  "known" record;
  "next" integer;
  "at" timestamptz;
  -- Who sent, and the last of each.
  "senders" uuid[];
  "newest" integer[];
  "nth" integer;
BEGIN
  IF "p_wait" THEN
    SELECT * INTO "channel" FROM "channels" WHERE "id" = "p_channel" AND "deleted_at" IS NULL FOR NO KEY UPDATE;
  ELSE
    SELECT * INTO "channel" FROM "channels" WHERE "id" = "p_channel" AND "deleted_at" IS NULL FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;
  IF "channel"."archived_at" IS NOT NULL THEN
    "refusal" := 'ARCHIVED';
  ELSIF "channel"."kind" = 'DIRECT' THEN
    PERFORM FROM "users" u WHERE u."id" IN ("channel"."direct_low", "channel"."direct_high") AND u."deleted_at" IS NOT NULL;
    "refusal" := CASE WHEN FOUND THEN 'PEER_GONE' END;
  END IF;
  "next" := "channel"."last_seq";
  "fence" := "channel"."fence";
  "at" := date_trunc('milliseconds', clock_timestamp());
  "created_at" := "at";

  FOR "draft" IN
    SELECT * FROM json_to_recordset("p_drafts") AS d("place" integer, "sender" uuid, "client" uuid, "hash" bytea, "text" text,
      "reply" integer, "handles" json, "ids" uuid[], "everyone" boolean, "admin" boolean)
  LOOP
    "place" := "draft"."place";
    "seq" := NULL;
    "named" := NULL;
    "unread_ended" := false;
    SELECT m."role", m."history_from", m."unread_from" INTO "member" FROM "memberships" m
    WHERE m."channel_id" = "channel"."id" AND m."user_id" = "draft"."sender" AND m."left_at" IS NULL;
    IF NOT FOUND THEN
      "verdict" := CASE WHEN "channel"."kind" = 'PUBLIC' THEN 'NOT_MEMBER' ELSE 'NOT_FOUND' END;
      RETURN NEXT;
      CONTINUE;
    END IF;

    "verdict" := CASE
      WHEN "refusal" IS NOT NULL THEN "refusal"
      WHEN NOT ("draft"."reply" BETWEEN "member"."history_from" AND "channel"."last_seq") THEN 'NO_REPLY_TO'
      ELSE 'SENT'
    END;
    IF "draft"."ids" IS NOT NULL AND "verdict" = 'SENT' THEN
      PERFORM FROM unnest("draft"."ids") AS "wanted"("id")
      WHERE NOT EXISTS (SELECT FROM "memberships" m WHERE m."channel_id" = "p_channel" AND m."user_id" = "wanted"."id" AND m."left_at" IS NULL);
      "verdict" := CASE WHEN FOUND THEN 'NOT_ALL_MEMBERS' ELSE 'SENT' END;
    END IF;
    IF "verdict" = 'SENT' THEN
      INSERT INTO "messages" ("channel_id", "seq", "sender_id", "text", "client_id", "content_hash", "reply_to_seq", "created_at")
      VALUES ("p_channel", "next" + 1, "draft"."sender", "draft"."text", "draft"."client", "draft"."hash", "draft"."reply", "at")
      ON CONFLICT ("channel_id", "sender_id", "client_id") DO NOTHING;
      IF FOUND THEN
        "next" := "next" + 1;
        "seq" := "next";
      END IF;
    END IF;

    -- A key that was used before leads to its message, whatever stands in the way of a new one.
    IF "seq" IS NULL AND "draft"."client" IS NOT NULL THEN
      SELECT k."seq", k."content_hash" INTO "known" FROM "messages" k
      WHERE k."channel_id" = "p_channel" AND k."sender_id" = "draft"."sender" AND k."client_id" = "draft"."client";
      IF FOUND THEN
        "verdict" := CASE WHEN "known"."content_hash" = "draft"."hash" THEN 'REPLAYED' ELSE 'OTHER_CONTENT' END;
        "seq" := "known"."seq";
      END IF;
    END IF;

    IF "verdict" = 'SENT' THEN
      "nth" := coalesce(array_position("senders", "draft"."sender"), coalesce(cardinality("senders"), 0) + 1);
      "senders"["nth"] := "draft"."sender";
      "newest"["nth"] := "seq";
      IF "draft"."handles" IS NOT NULL OR "draft"."ids" IS NOT NULL OR "draft"."everyone" THEN
        "named" := "name_people"("p_channel", "seq", coalesce("draft"."handles", '[]'), "draft"."ids",
          "draft"."everyone" AND "channel"."member_count" <= 500
            AND ("member"."role" <> 'MEMBER' OR "draft"."admin" AND "channel"."kind" = 'PUBLIC'));
      END IF;
      IF "member"."unread_from" IS NOT NULL THEN
        UPDATE "memberships" m SET "unread_from" = NULL WHERE m."channel_id" = "p_channel" AND m."user_id" = "draft"."sender";
        "unread_ended" := true;
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;

  IF "next" > "channel"."last_seq" THEN
    UPDATE "channels" SET "last_seq" = "next", "last_active_at" = "at" WHERE "id" = "p_channel";
    UPDATE "receipts" r
    SET "delivered_seq" = "newest"[array_position("senders", r."user_id")], "delivered_at" = "at",
      "read_seq" = "newest"[array_position("senders", r."user_id")], "read_at" = "at"
    WHERE r."channel_id" = "p_channel" AND r."user_id" = ANY ("senders");
  END IF;
END $$;

-- What someone hasn't read in a channel they are in: behind their mark (their private one, where they set it), without their own
-- messages, system messages and deleted ones. Computed from the newest number, less what doesn't count. Behind the mark of a receipt
-- nobody has said anything themselves, because sending moves it; behind a private one they may have.
CREATE FUNCTION "unread_in"("p_channel" uuid, "p_user" uuid)
RETURNS TABLE ("messages" integer, "mentions" integer, "first_seq" integer) LANGUAGE sql STABLE AS $$
  SELECT "counted"."n",
    CASE WHEN "counted"."n" = 0 THEN 0 ELSE (
      SELECT count(*)::integer FROM "mentions" n JOIN "messages" x ON x."channel_id" = n."channel_id" AND x."seq" = n."seq"
      WHERE n."user_id" = "p_user" AND n."channel_id" = "p_channel" AND n."seq" > "mark"."seq" AND x."sender_id" <> "p_user"
    ) END,
    CASE WHEN "counted"."n" = 0 THEN NULL ELSE (
      SELECT x."seq" FROM "messages" x
      WHERE x."channel_id" = "p_channel" AND x."seq" > "mark"."seq" AND x."kind" = 'TEXT' AND x."deleted_at" IS NULL AND x."sender_id" <> "p_user"
      ORDER BY x."seq" LIMIT 1
    ) END
  FROM "memberships" m
  JOIN "channels" c ON c."id" = m."channel_id"
  JOIN "receipts" r ON r."channel_id" = m."channel_id" AND r."user_id" = m."user_id"
  CROSS JOIN LATERAL (SELECT greatest(coalesce(m."unread_from" - 1, r."read_seq"), m."history_from" - 1) AS "seq") AS "mark"
  CROSS JOIN LATERAL (
    SELECT CASE WHEN c."last_seq" <= "mark"."seq" THEN 0 ELSE (
      c."last_seq" - "mark"."seq"
      - (SELECT count(*) FROM "messages" x WHERE x."channel_id" = "p_channel" AND x."seq" > "mark"."seq" AND (x."kind" = 'SYSTEM' OR x."deleted_at" IS NOT NULL)
         AND (m."unread_from" IS NULL OR x."sender_id" <> "p_user"))
      - CASE WHEN m."unread_from" IS NULL THEN 0 ELSE (
          SELECT count(*) FROM "messages" x WHERE x."channel_id" = "p_channel" AND x."sender_id" = "p_user" AND x."seq" > "mark"."seq"
        ) END
    )::integer END AS "n"
    -- Counted once, and not wherever it is asked for.
    OFFSET 0
  ) AS "counted"
  WHERE m."channel_id" = "p_channel" AND m."user_id" = "p_user" AND m."left_at" IS NULL
$$;

-- Adds a message of the server's own. The caller holds the channel's row: so it is as late as it is numbered.
CREATE FUNCTION "send_notice"("p_channel" uuid, "p_actor" uuid, "p_text" text) RETURNS SETOF "messages" LANGUAGE sql AS $$
  WITH "numbered" AS (
    UPDATE "channels" SET "last_seq" = "last_seq" + 1, "last_active_at" = date_trunc('milliseconds', clock_timestamp())
    WHERE "id" = "p_channel" RETURNING "last_seq", "last_active_at"
  )
  INSERT INTO "messages" ("channel_id", "seq", "kind", "sender_id", "text", "created_at")
  SELECT "p_channel", "numbered"."last_seq", 'SYSTEM', "p_actor", "p_text", "numbered"."last_active_at" FROM "numbered"
  RETURNING *
$$;
