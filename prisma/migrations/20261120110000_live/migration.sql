-- Counts those who left a channel. A message that was written behind a fence must not reach who left before it: see realtime/topic.ts.
ALTER TABLE "channels" ADD COLUMN "fence" INTEGER NOT NULL DEFAULT 0;

-- Which database this is. Where a dump was restored it is another one: what was a place in the history of changes is none any more.
ALTER TABLE "server" ADD COLUMN "home" TEXT;

CREATE OR REPLACE FUNCTION "count_members"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "channels" SET "member_count" = "member_count" + (NEW."left_at" IS NULL)::integer - (OLD."left_at" IS NULL)::integer,
    "fence" = "fence" + (NEW."left_at" IS NOT NULL)::integer
  WHERE "id" = NEW."channel_id";
  RETURN NULL;
END $$;

-- The writer's statement, for the drafts of one channel: lock, check membership, number, insert, look used keys up, raise the senders'
-- marks and the channel's last activity. Each statement of a function sees what was committed before it, so behind the lock nothing is
-- stale; the fence is as it is there. Without `p_wait` a channel that somebody else holds has no rows in the answer, and nobody waits
-- for it. The settings keep its plans the same however large the tables are when it is first called; rows are found by whole keys, one
-- statement each, because a plan for a join would not be the same for one draft and for many.
DROP FUNCTION "send_messages"("p_channel" uuid, "p_drafts" json);
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
      ON CONFLICT ("channel_id", "sender_id", "client_id") WHERE "client_id" IS NOT NULL DO NOTHING;
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
