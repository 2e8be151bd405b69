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

-- As before, and the fence as it is behind the lock.
DROP FUNCTION "send_messages"("p_channel" uuid, "p_drafts" json);
CREATE FUNCTION "send_messages"("p_channel" uuid, "p_drafts" json)
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
BEGIN
  SELECT * INTO "channel" FROM "channels" WHERE "id" = "p_channel" AND "deleted_at" IS NULL FOR NO KEY UPDATE;
  "refusal" := CASE
    WHEN "channel"."archived_at" IS NOT NULL THEN 'ARCHIVED'
    WHEN "channel"."kind" = 'DIRECT' AND EXISTS (
      SELECT FROM "users" u WHERE u."id" IN ("channel"."direct_low", "channel"."direct_high") AND u."deleted_at" IS NOT NULL
    ) THEN 'PEER_GONE'
  END;
  "next" := "channel"."last_seq";
  "fence" := "channel"."fence";
  "created_at" := date_trunc('milliseconds', clock_timestamp());

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

    IF "draft"."client" IS NOT NULL THEN
      SELECT k."seq", k."content_hash" INTO "known" FROM "messages" k
      WHERE k."channel_id" = "p_channel" AND k."sender_id" = "draft"."sender" AND k."client_id" = "draft"."client";
      IF FOUND THEN
        "verdict" := CASE WHEN "known"."content_hash" = "draft"."hash" THEN 'REPLAYED' ELSE 'OTHER_CONTENT' END;
        "seq" := "known"."seq";
        RETURN NEXT;
        CONTINUE;
      END IF;
    END IF;

    "verdict" := CASE
      WHEN "refusal" IS NOT NULL THEN "refusal"
      WHEN "draft"."reply" IS NOT NULL AND NOT ("draft"."reply" BETWEEN "member"."history_from" AND "channel"."last_seq") THEN 'NO_REPLY_TO'
      WHEN "draft"."ids" IS NOT NULL AND EXISTS (
        SELECT FROM unnest("draft"."ids") AS "wanted"("id")
        WHERE NOT EXISTS (SELECT FROM "memberships" m WHERE m."channel_id" = "p_channel" AND m."user_id" = "wanted"."id" AND m."left_at" IS NULL)
      ) THEN 'NOT_ALL_MEMBERS'
      ELSE 'SENT'
    END;
    IF "verdict" = 'SENT' THEN
      "next" := "next" + 1;
      "seq" := "next";
      INSERT INTO "messages" ("channel_id", "seq", "sender_id", "text", "client_id", "content_hash", "reply_to_seq", "created_at")
      VALUES ("p_channel", "next", "draft"."sender", "draft"."text", "draft"."client", "draft"."hash", "draft"."reply", "created_at");
      IF "draft"."handles" IS NOT NULL OR "draft"."ids" IS NOT NULL OR "draft"."everyone" THEN
        "named" := "name_people"("p_channel", "next", coalesce("draft"."handles", '[]'), "draft"."ids",
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
    UPDATE "channels" SET "last_seq" = "next", "last_active_at" = "send_messages"."created_at" WHERE "id" = "p_channel";
    UPDATE "receipts" r SET "delivered_seq" = "own"."seq", "delivered_at" = "created_at", "read_seq" = "own"."seq", "read_at" = "created_at"
    FROM (SELECT m."sender_id", max(m."seq") AS "seq" FROM "messages" m WHERE m."channel_id" = "p_channel" AND m."seq" > "channel"."last_seq" GROUP BY 1) "own"
    WHERE r."channel_id" = "p_channel" AND r."user_id" = "own"."sender_id";
  END IF;
END $$;
