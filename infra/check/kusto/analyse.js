// Reads {name: query} from stdin, writes {name: [what is wrong]}. Columns: those of Application Insights' tables that queries use.
// https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete
const folder = process.argv[2];
require(`${folder}/node_modules/@kusto/language-service-next/bridge.min.js`);
require(`${folder}/node_modules/@kusto/language-service-next/Kusto.Language.Bridge.min.js`);

const { GlobalState, KustoCode, Symbols } = Kusto.Language;
const tables = {
  traces: "(timestamp: datetime, message: string, severityLevel: int, operation_Id: string)",
  requests: "(timestamp: datetime, name: string, resultCode: string, success: bool, duration: real, client_IP: string)",
  exceptions: "(timestamp: datetime, type: string, outerMessage: string, operation_Id: string)",
};
const members = Object.entries(tables).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
const database = new Symbols.DatabaseSymbol.$ctor3("component", null, System.Array.init(members, Symbols.Symbol));
const globals = GlobalState.Default.WithDatabase(database);

function faults(query) {
  const found = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, number) => found.getItem(number)).map(
    (each) => `${each.Message} (at ${each.Start})`,
  );
}

const queries = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(Object.fromEntries(Object.entries(queries).map(([name, query]) => [name, faults(query)]))));
