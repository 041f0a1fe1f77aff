// Renders a chart as "helm template" does, as near to Helm as Debian's packages allow: Go's own templates, the functions of sprig and
// the few that Helm adds. It reads no subcharts, asks no cluster and runs no hooks.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run render.go CHART RELEASE NAMESPACE VALUES.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v2"
)

type object = map[string]interface{}

func main() {
	chart, release, namespace, given := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	values := read(filepath.Join(chart, "values.yaml")).(object)
	merge(values, read(given).(object))
	about := read(filepath.Join(chart, "Chart.yaml")).(object)
	top := object{
		"Values":  values,
		"Release": object{"Name": release, "Namespace": namespace, "Service": "Helm", "Revision": 1, "IsInstall": true, "IsUpgrade": false},
		"Chart":   object{"Name": about["name"], "Version": about["version"], "AppVersion": about["appVersion"], "Type": about["type"]},
	}
	all := template.New("chart").Option("missingkey=zero")
	all.Funcs(functions(all))
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	must(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(err)
		_, err = all.New(filepath.Base(file)).Parse(string(text))
		must(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasPrefix(name, "_") {
			continue
		}
		top["Template"] = object{"Name": filepath.Base(chart) + "/templates/" + name}
		fmt.Printf("---\n# Source: %s\n%s\n", name, run(all, name, top))
	}
}

// What Helm adds to sprig, and what it takes away because a chart must not read the machine.
func functions(all *template.Template) template.FuncMap {
	known := sprig.TxtFuncMap()
	delete(known, "env")
	delete(known, "expandenv")
	known["toYaml"] = func(value interface{}) string {
		text, err := yaml.Marshal(value)
		must(err)
		return strings.TrimSuffix(string(text), "\n")
	}
	known["fromYaml"] = func(text string) object { return parse([]byte(text)).(object) }
	known["toJson"] = func(value interface{}) string {
		text, err := json.Marshal(value)
		must(err)
		return string(text)
	}
	known["include"] = func(name string, scope interface{}) string { return run(all, name, scope) }
	known["tpl"] = func(text string, scope interface{}) string {
		inner := template.Must(template.Must(all.Clone()).New("tpl").Parse(text))
		return run(inner, "tpl", scope)
	}
	known["required"] = func(warning string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, fmt.Errorf("%s", warning)
		}
		return value, nil
	}
	known["lookup"] = func(string, string, string, string) object { return object{} }
	return known
}

func run(all *template.Template, name string, scope interface{}) string {
	var text strings.Builder
	must(all.ExecuteTemplate(&text, name, scope))
	return strings.ReplaceAll(text.String(), "<no value>", "")
}

func read(file string) interface{} {
	text, err := os.ReadFile(file)
	must(err)
	return parse(text)
}

func parse(text []byte) interface{} {
	var value interface{}
	must(yaml.Unmarshal(text, &value))
	return plain(value)
}

// Helm reads YAML as JSON, so keys are strings and numbers are floating: a million is written as 1e+06.
func plain(value interface{}) interface{} {
	switch it := value.(type) {
	case map[interface{}]interface{}:
		object := object{}
		for key, inner := range it {
			object[fmt.Sprint(key)] = plain(inner)
		}
		return object
	case []interface{}:
		for index, inner := range it {
			it[index] = plain(inner)
		}
		return it
	case int:
		return float64(it)
	default:
		return it
	}
}

func merge(into object, from object) {
	for key, value := range from {
		inner, isObject := value.(object)
		old, wasObject := into[key].(object)
		if isObject && wasObject {
			merge(old, inner)
		} else {
			into[key] = value
		}
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
