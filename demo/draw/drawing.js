// The drawing: strokes in thousandths of the pad's height, or a picture, with undo.

const NEAREST = 2; // points closer than this to the last one add nothing but bytes
const MARGIN = 50; // between shrunk strokes and the pad's edge
const KEY = "digit-sketchpad-strokes";
const PICTURE_KEY = "digit-sketchpad-picture";
const MAX_POINTS = 12_000; // the server refuses from 10,000 on: more would only be carried along

/** @typedef {[number, number]} Point 0 to 1000, from the top left; to 2000 across on a wide pad */
/** @typedef {Point[]} Stroke */
/** @typedef {{ image: ImageBitmap, data: string }} Picture `data`: a data: URL */

const isPoint = (p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite);
const isStroke = (s) => Array.isArray(s) && s.length > 0 && s.every(isPoint);
const areStrokes = (all) => Array.isArray(all) && all.every(isStroke);

/**
 * @param {() => Storage} storage may throw: browsers can block it
 * @returns {Stroke[]} of the drawing before the page was reloaded; none where it is damaged
 */
export function keptStrokes(storage) {
  try {
    const strokes = JSON.parse(storage().getItem(KEY));
    return areStrokes(strokes) ? strokes : [];
  } catch {
    return [];
  }
}

/**
 * @param {() => Storage} storage may throw: browsers can block it
 * @returns {string | null} data: URL of the picture that was on the pad before the page was reloaded
 */
export function keptPicture(storage) {
  try {
    return storage().getItem(PICTURE_KEY);
  } catch {
    return null;
  }
}

/**
 * @param {() => Storage} storage may throw: browsers can block it
 * @param {() => void} onChange
 */
export function createDrawing(storage, onChange) {
  /** @type {{ strokes: Stroke[], picture: Picture | null }} */
  let content = { strokes: [], picture: null };
  let past = []; // what undo goes back to
  let undone = []; // what redo brings back
  let pen = null; // the stroke under the pen
  let version = 0; // grows with every change
  let kept = keptPicture(storage);
  let lineage = 0; // grows when ink is taken away: older answers are then of another drawing

  function changed(tookAway) {
    version += 1;
    if (tookAway) lineage += 1;
    onChange();
  }

  function replace(next) {
    past.push(content);
    undone = [];
    content = next;
  }

  // For a reload, which is also what Gradio does when its server comes back.
  function save() {
    const data = content.picture?.data ?? null;
    try {
      storage().setItem(KEY, JSON.stringify(content.strokes));
      if (data === kept) return; // megabytes, perhaps
      kept = data;
      storage().removeItem(PICTURE_KEY);
      if (data) storage().setItem(PICTURE_KEY, data);
    } catch {
      // Blocked or full: the drawing then lives as long as the page.
    }
  }

  return {
    get strokes() {
      return content.strokes;
    },
    get picture() {
      return content.picture;
    },
    get version() {
      return version;
    },
    get lineage() {
      return lineage;
    },
    get isEmpty() {
      return !content.strokes.length && !content.picture;
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return undone.length > 0;
    },
    get penIsDown() {
      return pen !== null;
    },

    /** @param {Point} point */
    begin(point) {
      const tookAway = content.picture !== null;
      pen = [point];
      replace({ strokes: [...content.strokes, pen], picture: null });
      changed(tookAway);
    },

    /** @param {Point[]} points */
    extend(points) {
      if (!pen || content.strokes.flat().length > MAX_POINTS) return;
      const before = pen.length;
      for (const [x, y] of points) {
        const [lastX, lastY] = pen[pen.length - 1];
        if (Math.hypot(x - lastX, y - lastY) >= NEAREST) pen.push([x, y]);
      }
      if (pen.length > before) changed(false);
    },

    end() {
      if (!pen) return;
      pen = null;
      save();
      onChange();
    },

    undo() {
      pen = null;
      if (!past.length) return;
      undone.push(content);
      content = past.pop();
      save();
      changed(true);
    },

    redo() {
      if (pen || !undone.length) return;
      past.push(content);
      content = undone.pop();
      save();
      changed(true);
    },

    clear() {
      pen = null;
      if (this.isEmpty) return;
      replace({ strokes: [], picture: null });
      save();
      changed(true);
    },

    /** @param {Picture} picture */
    open(picture) {
      pen = null;
      replace({ strokes: [], picture });
      save();
      changed(true);
    },

    /**
     * Shrinks strokes that reach beyond the pad, about the middle of its left edge.
     *
     * @param {number} width of the pad
     * @param {number} height
     */
    fit(width, height) {
      const furthest = Math.max(0, ...content.strokes.flat().map(([x]) => x));
      if (pen || furthest <= width) return;
      const scale = (width - MARGIN) / furthest;
      const shrunk = ([x, y]) =>
        /** @type {Point} */ ([x * scale, y * scale + (height * (1 - scale)) / 2]);
      replace({ strokes: content.strokes.map((stroke) => stroke.map(shrunk)), picture: null });
      save();
      changed(true);
    },

    save,

    restore() {
      const strokes = keptStrokes(storage);
      if (!strokes.length) return;
      content = { strokes, picture: null };
      past = strokes.map((_, i) => ({ strokes: strokes.slice(0, i), picture: null }));
      changed(true);
    },
  };
}
