/** What Gradio passes to `js_on_load`. */
declare const element: HTMLElement;

interface Window {
  uPlot: any;
  digitSketchpad?: { strokes(): number[][][]; drawWith(version: string | null): void; open(file: Blob): void };
}
