/** A request for the API from the form, what to keep of the form, and what is wrong with it. */
export function readForm(data) {
  const form = { ...Object.fromEntries(data), stream: data.get('stream') !== null };
  const request = { model: form.model, messages: toMessages(form), stream: form.stream };
  for (const name of ['temperature', 'top_p', 'max_tokens']) {
    if (form[name] !== '') request[name] = Number(form[name]);
  }
  if (form.stream) request.stream_options = { include_usage: true };
  const tools = readTools(form.tools ?? '');
  if (tools.fault) return { fault: tools.fault };
  if (tools.list.length > 0) request.tools = tools.list;
  return { form, request };
}

function toMessages({ system, user }) {
  const asked = { role: 'user', content: user };
  return system ? [{ role: 'system', content: system }, asked] : [asked];
}

function readTools(text) {
  if (text.trim() === '') return { list: [] };
  try {
    const list = JSON.parse(text);
    return Array.isArray(list)
      ? { list }
      : { fault: 'Tools have to be a JSON array, [{"type":"function","function":{…}}].' };
  } catch (error) {
    return { fault: `Tools are no JSON: ${error.message}` };
  }
}
