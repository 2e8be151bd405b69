-- Which database this is. Where a dump was restored it is another one: what was a place in the history of changes is none any more.
ALTER TABLE "server" ADD COLUMN "home" TEXT;
