// Before Gradio lays out the page: the tab that the address names is the one that opens.
{
  const { components } = window.gradio_config;
  const tab = location.hash.slice(1);
  if (components.some(({ type, props }) => type === "tabitem" && props.id === tab)) {
    components.find(({ type }) => type === "tabs").props.selected = tab;
  }
}
