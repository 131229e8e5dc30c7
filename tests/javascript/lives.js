'use strict';
// Runs the official client against a server:
// `node lives.js PACKAGE URL CONTENT_PATH FILE SLOW_FILE`, the token in the variable TOKEN.
// Prints one line for each call: its name, the status, and what was answered.
const fs = require('fs');

const [, , client, server, contentPath, file, slowFile] = process.argv;
const DTableWebAPI = require(client).default;
const connect = (token) => new DTableWebAPI().init({ server, token });

function shown(data) {
  if (Buffer.isBuffer(data)) return data.equals(fs.readFileSync(file)) ? 'the file' : 'something else';
  if (typeof data === 'string') return 'a page';
  return 'is_finished' in data ? `is_finished ${data.is_finished}` : Object.keys(data).sort().join(' ');
}

async function call(name, request) {
  // Any status is an answer; without a status the script fails.
  const answer = await request.catch((error) => {
    if (!error.response) throw error;
    return error.response;
  });
  console.log(`${name}: ${answer.status} ${shown(answer.data)}`);
  return answer.data;
}

async function main() {
  const api = connect(process.env.TOKEN);
  const upload = (path) => api.addImportDTableTask(1, fs.createReadStream(path));

  const imported = await call('import', upload(file));
  await call('status', api.queryDTableIOStatusByTaskId(imported.task_id));
  await call('unknown task', api.queryDTableIOStatusByTaskId(imported.task_id));
  await call('import again', upload(file));

  const exported = await call('export', api.addExportDTableTask(1, 'stock'));
  if (exported.task_id) {
    await call('status', api.queryDTableIOStatusByTaskId(exported.task_id));
    const params = { task_id: exported.task_id, dtable_uuid: exported.table.uuid };
    await call('content', api.req.get(server + contentPath, { params, responseType: 'arraybuffer' }));
  }

  const slow = await call('slow import', upload(slowFile));
  const cancel = () => api.cancelDTableIOTask(slow.task_id, slow.table.uuid, 'import');
  await call('status', api.queryDTableIOStatusByTaskId(slow.task_id));
  await call('cancel', cancel());
  await call('cancel again', cancel());

  await call('wrong token', connect('wrong').queryDTableIOStatusByTaskId('1'));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
