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
  NEW."changed" := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$;

CREATE FUNCTION "bound_receipts"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM (SELECT "channel_id", max("delivered_seq") AS "furthest" FROM "moved" GROUP BY 1) AS r
  JOIN "channels" c ON c."id" = r."channel_id" WHERE r."furthest" > c."last_seq";
  IF FOUND THEN
    RAISE check_violation USING MESSAGE = 'a mark would move past the newest message';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "receipts_begun" AFTER INSERT ON "receipts" REFERENCING NEW TABLE AS "moved" FOR EACH STATEMENT EXECUTE FUNCTION "bound_receipts"();
CREATE TRIGGER "receipts_moved" AFTER UPDATE ON "receipts" REFERENCING NEW TABLE AS "moved" FOR EACH STATEMENT EXECUTE FUNCTION "bound_receipts"();

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

-- By their whole keys, one row or none. In the order of an index they are found with that index, and not with one that would do while the
-- tables were small: the plans of the writer are kept from then on.
CREATE FUNCTION "seat_of"("p_channel" uuid, "p_user" uuid) RETURNS SETOF "memberships" LANGUAGE sql STABLE AS $$
  SELECT m.* FROM (
    SELECT * FROM "memberships" WHERE ("channel_id", "user_id") >= ("p_channel", "p_user") ORDER BY "channel_id", "user_id" LIMIT 1
  ) AS m WHERE m."channel_id" = "p_channel" AND m."user_id" = "p_user" AND m."left_at" IS NULL
$$;
CREATE FUNCTION "message_of"("p_channel" uuid, "p_sender" uuid, "p_client" uuid) RETURNS SETOF "messages" LANGUAGE sql STABLE AS $$
  SELECT m.* FROM (
    SELECT * FROM "messages" WHERE ("channel_id", "sender_id", "client_id") >= ("p_channel", "p_sender", "p_client")
    ORDER BY "channel_id", "sender_id", "client_id" LIMIT 1
  ) AS m WHERE m."channel_id" = "p_channel" AND m."sender_id" = "p_sender" AND m."client_id" = "p_client"
$$;

-- The writer's statement, for the drafts of some channels, those of a channel in their order: lock, check membership, look used keys up,
-- number, insert, raise the senders' marks and the channels' last activity. Each statement of a function sees what was committed before
-- it, so behind the locks nothing is stale; the fence is as it is there. Without `p_wait` a channel that somebody else holds has no rows
-- in the answer, and nobody waits for it. Each step is one statement for all drafts: to begin one costs as much as some rows. The
-- settings keep the plans the same, however large the tables are when this is first called.
CREATE FUNCTION "send_messages"("p_channels" uuid[], "p_senders" uuid[], "p_texts" text[], "p_clients" uuid[], "p_hashes" bytea[], "p_replies" integer[],
  "p_handles" json[], "p_ids" text[], "p_everyone" boolean[], "p_admins" boolean[], "p_wait" boolean)
RETURNS TABLE ("place" integer, "verdict" text, "seq" integer, "created_at" timestamptz, "named" uuid[], "unread_ended" boolean, "fence" integer) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
#variable_conflict use_column
DECLARE
  "held" uuid[];
  "draft" record;
  "nth" integer;
  "current" uuid;
  "next" integer;
  "earlier" integer;
  "at" timestamptz;
  -- Of each draft, at its place.
  "verdicts" text[] := array_fill(NULL::text, ARRAY[cardinality("p_channels")]);
  "seqs" integer[] := array_fill(NULL::integer, ARRAY[cardinality("p_channels")]);
  "fences" integer[] := array_fill(NULL::integer, ARRAY[cardinality("p_channels")]);
  "calls" boolean[] := array_fill(false, ARRAY[cardinality("p_channels")]);
  "ended" boolean[] := array_fill(false, ARRAY[cardinality("p_channels")]);
BEGIN
  IF "p_wait" THEN
    SELECT array_agg(c."id") INTO "held" FROM (
      SELECT "id" FROM "channels" WHERE "id" = ANY ("p_channels") AND "deleted_at" IS NULL ORDER BY "id" FOR NO KEY UPDATE
    ) AS c;
  ELSE
    SELECT array_agg(c."id") INTO "held" FROM (
      SELECT "id" FROM "channels" WHERE "id" = ANY ("p_channels") AND "deleted_at" IS NULL ORDER BY "id" FOR NO KEY UPDATE SKIP LOCKED
    ) AS c;
  END IF;
  "at" := date_trunc('milliseconds', clock_timestamp());

  FOR "draft" IN
    SELECT d."place", d."channel", c."last_seq", c."fence", m."unread_from", k."seq" AS "known",
      d."everyone" AND c."member_count" <= 500 AND (m."role" <> 'MEMBER' OR d."admin" AND c."kind" = 'PUBLIC') AS "calls",
      CASE
        WHEN m."user_id" IS NULL THEN CASE WHEN c."kind" = 'PUBLIC' THEN 'NOT_MEMBER' ELSE 'NOT_FOUND' END
        -- A key that was used before leads to its message, whatever stands in the way of a new one.
        WHEN k."seq" IS NOT NULL THEN CASE WHEN k."content_hash" = d."hash" THEN 'REPLAYED' ELSE 'OTHER_CONTENT' END
        WHEN c."archived_at" IS NOT NULL THEN 'ARCHIVED'
        WHEN c."kind" = 'DIRECT' AND EXISTS (
          SELECT FROM "users" u WHERE u."id" IN (c."direct_low", c."direct_high") AND u."deleted_at" IS NOT NULL
        ) THEN 'PEER_GONE'
        WHEN NOT (d."reply" BETWEEN m."history_from" AND c."last_seq") THEN 'NO_REPLY_TO'
        WHEN d."ids" IS NOT NULL AND EXISTS (
          SELECT FROM unnest(d."ids"::uuid[]) AS "wanted"("id") LEFT JOIN LATERAL "seat_of"(c."id", "wanted"."id") AS w ON true WHERE w."user_id" IS NULL
        ) THEN 'NOT_ALL_MEMBERS'
        ELSE 'SENT'
      END AS "verdict"
    FROM unnest("p_channels", "p_senders", "p_clients", "p_hashes", "p_replies", "p_ids", "p_everyone", "p_admins")
      WITH ORDINALITY AS d("channel", "sender", "client", "hash", "reply", "ids", "everyone", "admin", "place")
    LEFT JOIN "channels" c ON c."id" = d."channel" AND c."deleted_at" IS NULL
    LEFT JOIN LATERAL "seat_of"(c."id", d."sender") AS m ON true
    LEFT JOIN LATERAL "message_of"(m."channel_id", m."user_id", d."client") AS k ON true
    WHERE "p_wait" OR d."channel" = ANY ("held")
    ORDER BY d."channel", d."place"
  LOOP
    "nth" := "draft"."place";
    IF "current" IS DISTINCT FROM "draft"."channel" THEN
      "current" := "draft"."channel";
      "next" := "draft"."last_seq";
    END IF;
    "verdicts"["nth"] := "draft"."verdict";
    "seqs"["nth"] := "draft"."known";
    "fences"["nth"] := "draft"."fence";

    -- A key may also have come twice at once.
    IF array_position("p_clients", "p_clients"["nth"]) < "nth" THEN
      SELECT d."place" INTO "earlier" FROM unnest("p_channels", "p_senders", "p_clients", "verdicts") WITH ORDINALITY AS d("channel", "sender", "client", "verdict", "place")
      WHERE d."place" < "nth" AND d."channel" = "current" AND d."sender" = "p_senders"["nth"] AND d."client" = "p_clients"["nth"] AND d."verdict" = 'SENT';
      IF FOUND THEN
        "verdicts"["nth"] := CASE WHEN "p_hashes"["nth"] = "p_hashes"["earlier"] THEN 'REPLAYED' ELSE 'OTHER_CONTENT' END;
        "seqs"["nth"] := "seqs"["earlier"];
        CONTINUE;
      END IF;
    END IF;
    CONTINUE WHEN "draft"."verdict" <> 'SENT';
    "next" := "next" + 1;
    "seqs"["nth"] := "next";
    "calls"["nth"] := "draft"."calls";
    IF "draft"."unread_from" IS NOT NULL THEN
      UPDATE "memberships" m SET "unread_from" = NULL
      WHERE m."channel_id" = "current" AND m."user_id" = "p_senders"["nth"] AND m."unread_from" IS NOT NULL;
      "ended"["nth"] := FOUND;
    END IF;
  END LOOP;

  IF 'SENT' = ANY ("verdicts") THEN
    INSERT INTO "messages" ("channel_id", "seq", "sender_id", "text", "client_id", "content_hash", "reply_to_seq", "created_at")
    SELECT d."channel", d."seq", d."sender", d."text", d."client", d."hash", d."reply", "at"
    FROM unnest("p_channels", "seqs", "p_senders", "p_texts", "p_clients", "p_hashes", "p_replies", "verdicts")
      AS d("channel", "seq", "sender", "text", "client", "hash", "reply", "verdict")
    WHERE d."verdict" = 'SENT';
    UPDATE "channels" c SET "last_seq" = "sent"."newest", "last_active_at" = "at"
    FROM (
      SELECT d."channel", max(d."seq") AS "newest" FROM unnest("p_channels", "seqs", "verdicts") AS d("channel", "seq", "verdict")
      WHERE d."verdict" = 'SENT' GROUP BY 1
    ) AS "sent" WHERE c."id" = "sent"."channel";
    -- Locked in the order of their keys, as everyone does who takes several.
    UPDATE "receipts" r SET "delivered_seq" = "sent"."newest", "delivered_at" = "at", "read_seq" = "sent"."newest", "read_at" = "at"
    FROM (
      SELECT d."channel", d."sender", max(d."seq") AS "newest" FROM unnest("p_channels", "p_senders", "seqs", "verdicts") AS d("channel", "sender", "seq", "verdict")
      WHERE d."verdict" = 'SENT' GROUP BY 1, 2 ORDER BY 1, 2
    ) AS "sent" WHERE r."channel_id" = "sent"."channel" AND r."user_id" = "sent"."sender";
  END IF;

  "created_at" := "at";
  FOR "nth" IN 1 .. cardinality("verdicts") LOOP
    CONTINUE WHEN "verdicts"["nth"] IS NULL;
    "place" := "nth";
    "verdict" := "verdicts"["nth"];
    "seq" := "seqs"["nth"];
    "fence" := "fences"["nth"];
    "unread_ended" := "ended"["nth"];
    "named" := NULL;
    IF "verdict" = 'SENT' AND ("p_handles"["nth"] IS NOT NULL OR "p_ids"["nth"] IS NOT NULL OR "calls"["nth"]) THEN
      "named" := "name_people"("p_channels"["nth"], "seq", coalesce("p_handles"["nth"], '[]'), "p_ids"["nth"]::uuid[], "calls"["nth"]);
    END IF;
    RETURN NEXT;
  END LOOP;
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
