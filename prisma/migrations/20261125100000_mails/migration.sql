-- No node hands a mail over before this moment, however many there are.
ALTER TABLE "server" ADD COLUMN "next_mail_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

CREATE TYPE "MailPriority" AS ENUM ('SECRET', 'NOTIFICATION');
CREATE TYPE "MailState" AS ENUM ('QUEUED', 'SENT', 'EXPIRED', 'DEAD');

CREATE TABLE "mails" (
  "id" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "priority" "MailPriority" NOT NULL,
  "state" "MailState" NOT NULL DEFAULT 'QUEUED',
  "recipient" TEXT NOT NULL,
  "user_id" UUID,
  "writer" TEXT,
  "subject" TEXT,
  "text" TEXT,
  "html" TEXT,
  "headers" JSONB,
  "about" JSONB,
  "tries" INTEGER NOT NULL DEFAULT 0,
  "last_error" TEXT,
  "claim" UUID,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- To the microsecond: a rounded one may lie ahead, and what was just posted would not be due.
  "due_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "not_after" TIMESTAMPTZ(3),
  "settled_at" TIMESTAMPTZ(3),
  CONSTRAINT "mails_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "mails_written" CHECK ("writer" IS NOT NULL OR "html" IS NOT NULL OR "state" <> 'QUEUED'),
  -- What is settled holds no code, no link and no address; a dead letter until nobody waits for it.
  CONSTRAINT "mails_erased" CHECK ("state" IN ('QUEUED', 'DEAD') OR "recipient" = '' AND "subject" IS NULL AND "text" IS NULL AND "html" IS NULL AND "headers" IS NULL AND "about" IS NULL),
  CONSTRAINT "mails_settled" CHECK (("state" = 'QUEUED') = ("settled_at" IS NULL))
);
CREATE UNIQUE INDEX "mails_key_key" ON "mails" ("key");
CREATE INDEX "mails_user_id_idx" ON "mails" ("user_id") WHERE "state" IN ('QUEUED', 'DEAD');
CREATE INDEX "mails_recipient_idx" ON "mails" ("recipient") WHERE "recipient" <> '';
CREATE INDEX "mails_queued_idx" ON "mails" ("priority", "due_at") WHERE "state" = 'QUEUED';
CREATE INDEX "mails_dead_idx" ON "mails" ("settled_at", "id") WHERE "state" = 'DEAD';
CREATE INDEX "mails_settled_idx" ON "mails" ("settled_at") WHERE "settled_at" IS NOT NULL;

-- The next mail for whoever asks, theirs for the lease; or no mail, and in how many milliseconds to ask again (null: nothing is due).
-- It is claimed a little before it may go, since it has to be written first; but not while none may go for longer than a gap.
CREATE FUNCTION "claim_mail"("p_lease_ms" integer, "p_gap_ms" double precision, "p_most_tries" integer)
RETURNS TABLE ("mail" jsonb, "wait_ms" double precision) LANGUAGE plpgsql AS $$
DECLARE
  "opens" timestamptz;
  "next" uuid;
BEGIN
  PERFORM FROM "mails" m WHERE m."state" = 'QUEUED' AND m."due_at" <= clock_timestamp() AND m."tries" < "p_most_tries"
    AND (m."not_after" IS NULL OR m."not_after" > clock_timestamp());
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT s."next_mail_at" INTO "opens" FROM "server" s WHERE s."id" = 1;
  "wait_ms" := extract(epoch FROM "opens" - clock_timestamp()) * 1000;
  IF "wait_ms" > "p_gap_ms" THEN
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT m."id" INTO "next" FROM "mails" m
  WHERE m."state" = 'QUEUED' AND m."due_at" <= clock_timestamp() AND m."tries" < "p_most_tries"
    AND (m."not_after" IS NULL OR m."not_after" > clock_timestamp())
  ORDER BY m."priority", m."due_at" LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE "mails" m
  SET "claim" = gen_random_uuid(), "tries" = m."tries" + 1, "due_at" = clock_timestamp() + "p_lease_ms" * interval '1 millisecond'
  WHERE m."id" = "next" RETURNING to_jsonb(m) INTO "mail";
  "wait_ms" := 0;
  RETURN NEXT;
END $$;

-- 0: a mail may be handed over now, and none for the gap after that, by any node. Else in how many milliseconds to ask again.
CREATE FUNCTION "take_slot"("p_gap_ms" double precision) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
  "opens" timestamptz;
  "wait_ms" double precision;
BEGIN
  SELECT s."next_mail_at" INTO "opens" FROM "server" s WHERE s."id" = 1 FOR NO KEY UPDATE;
  "wait_ms" := extract(epoch FROM "opens" - clock_timestamp()) * 1000;
  IF "wait_ms" > 0 THEN
    RETURN "wait_ms";
  END IF;
  UPDATE "server" SET "next_mail_at" = clock_timestamp() + "p_gap_ms" * interval '1 millisecond' WHERE "id" = 1 AND "p_gap_ms" > 0;
  RETURN 0;
END $$;
