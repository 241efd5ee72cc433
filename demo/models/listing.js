// The list of runs as the page knows it: news merged in, and what a row shows.

import { STATUS } from "../parts/page.js";

/**
 * The list after news of it: the server sends all runs once and then those that have changed, but
 * the time of running runs always.
 *
 * @param {any} listing
 * @param {any} news as the server's `runs` answers
 */
export function merged(listing, news) {
  if (news.runs) return news;
  const { runs, damaged } = listing;
  const gone = new Set([...(news.removed ?? []), ...(news.changed ?? []).map(({ name }) => name)]);
  const all = [...(news.changed ?? []), ...runs.filter(({ name }) => !gone.has(name))];
  const damages = news.damaged ?? damaged;
  return {
    ...listing,
    ...news,
    runs: all.map((run) => ({
      ...run,
      damage: damages[run.name] ?? "",
      seconds: news.seconds[run.name] ?? run.seconds,
    })),
  };
}

function wordsOf(run, may) {
  const changed = run.settings.filter(([name]) => run.differs.includes(name));
  const whose = run.own && !may.manage ? "your run" : "a visitor's run";
  const settings = changed.map(([name, value]) => `${name} ${value}`);
  const origin = run.origin === "visitor" ? whose : "";
  return [origin, run.reason.replace(/\.$/, ""), run.data, ...settings].filter(Boolean).join("; ");
}

function statusOf({ status, isLive, damage }) {
  if (damage) return "damaged";
  return isLive ? "live" : (STATUS[status] ?? status);
}

/**
 * @param {any} listing
 * @returns {any[]} the runs, and the app's own network, each with what its row shows
 */
export function rowsOf({ runs, base, in_use: inUse, may }) {
  const rows = runs.map((run) => ({
    ...run,
    isRun: true,
    id: Number(run.name.split("-").pop()),
    isLive: run.name === inUse.version,
    words: wordsOf(run, may),
  }));
  rows.push({
    ...base,
    name: base.version,
    isRun: false,
    id: 0,
    status: "built in",
    seconds: null,
    started: null,
    words: "Built in, cannot be deleted",
    reason: "",
    damage: "",
    learned: true,
    isLive: base.version === inUse.version,
  });
  for (const row of rows) {
    row.shownStatus = statusOf(row);
    row.text = `${row.name} ${row.shownStatus} ${row.words}`.toLowerCase();
  }
  return rows;
}
