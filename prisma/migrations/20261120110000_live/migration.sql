-- Which database this is. Where a dump was restored it is another one: what was a place in the history of changes is none any more.
ALTER TABLE "server" ADD COLUMN "home" TEXT;

-- Which history this database is in: PostgreSQL counts on with each promotion and each recovery to a moment in the past, after which what
-- was committed last may be gone and numbers of transactions be given out again. Empty where it won't say, as on some hosted ones.
CREATE FUNCTION "timeline"() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);
EXCEPTION WHEN OTHERS THEN
  IF pg_is_in_recovery() THEN
    RAISE;
  END IF;
  RETURN '';
END $$;
