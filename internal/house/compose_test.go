package house_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

// These tests load the production shape and check it against the code. They do
// not run it.

type compose struct {
	Services map[string]service           `yaml:"services"`
	Networks map[string]map[string]bool   `yaml:"networks"`
	Volumes  map[string]any               `yaml:"volumes"`
	Secrets  map[string]map[string]string `yaml:"secrets"`
	Configs  map[string]map[string]string `yaml:"configs"`
}

type service struct {
	Image       string            `yaml:"image"`
	Build       string            `yaml:"build"`
	User        string            `yaml:"user"`
	ReadOnly    bool              `yaml:"read_only"`
	Privileged  bool              `yaml:"privileged"`
	CapDrop     []string          `yaml:"cap_drop"`
	SecurityOpt []string          `yaml:"security_opt"`
	Entrypoint  []string          `yaml:"entrypoint"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Secrets     []string          `yaml:"secrets"`
	Configs     []mount           `yaml:"configs"`
	Volumes     []string          `yaml:"volumes"`
	Networks    []string          `yaml:"networks"`
	Ports       []string          `yaml:"ports"`
	Restart     string            `yaml:"restart"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck *struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
}

type mount struct {
	Source string `yaml:"source"`
	Target string `yaml:"target"`
}

// ours are the services that run the binary of this repository.
var ours = []string{"migrate", "serve", "worker"}

func loadCompose(t *testing.T) compose {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	require.NoError(t, err)
	var c compose
	require.NoError(t, yaml.Unmarshal(raw, &c))
	for _, name := range append([]string{"postgres", "temporal", "temporal-schema", "temporal-namespace", "temporal-ui"}, ours...) {
		require.Contains(t, c.Services, name)
	}
	return c
}

func TestSlackInComposeIsForServeAlone(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "docker-compose.slack.yml"))
	require.NoError(t, err)
	var added compose
	require.NoError(t, yaml.Unmarshal(raw, &added))
	require.Len(t, added.Services, 1)
	serve, base := added.Services["serve"], loadCompose(t)
	require.Subset(t, serve.Secrets, base.Services["serve"].Secrets, "a list of secrets may replace the one before")
	require.Contains(t, base.Services["serve"].Networks, "edge", "serve reaches Slack")
	for name, value := range serve.Environment {
		secret := strings.TrimPrefix(value, "/run/secrets/")
		require.Contains(t, serve.Secrets, secret, name)
		require.Contains(t, added.Secrets, secret, name)
	}
}

var pinnedImage = regexp.MustCompile(`^[a-z0-9./-]+:v?\d+(\.\d+){1,2}(-[a-z0-9.]+)?$`)

func TestImagesArePinned(t *testing.T) {
	t.Parallel()
	for name, s := range loadCompose(t).Services {
		if slices.Contains(ours, name) {
			require.Equal(t, ".", s.Build, name)
			continue
		}
		require.Regexp(t, pinnedImage, s.Image, name)
	}
	for _, from := range dockerfile(t, "FROM ") {
		image, _, _ := strings.Cut(from, " ")
		require.Regexp(t, pinnedImage, image)
	}
	require.NotRegexp(t, pinnedImage, "postgres:latest")
	require.NotRegexp(t, pinnedImage, "postgres")
}

func TestTemporalInComposeIsTheEmbeddedOne(t *testing.T) {
	t.Parallel()
	c, alone := loadCompose(t), versionsOf(t, "standalone")
	server := strings.TrimPrefix(alone["go.temporal.io/server"], "v")
	require.Equal(t, "temporalio/server:"+server, c.Services["temporal"].Image)
	require.Equal(t, "temporalio/admin-tools:"+server, c.Services["temporal-schema"].Image)
	require.Equal(t, "temporalio/admin-tools:"+server, c.Services["temporal-namespace"].Image)
	require.Equal(t, "temporalio/ui:"+strings.TrimPrefix(alone["github.com/temporalio/ui-server/v2"], "v"), c.Services["temporal-ui"].Image)
}

func TestTheDockerfileBuildsTheBinaryWithThisGo(t *testing.T) {
	t.Parallel()
	build := strings.Join(dockerfile(t, "RUN "), "\n")
	require.Contains(t, build, "./cmd/handover")
	require.Contains(t, build, "CGO_ENABLED=0")
	require.DirExists(t, filepath.Join(root, "cmd", "handover"))
	require.NotEmpty(t, dockerfile(t, "USER "), "the container does not run as root")
	raw, err := os.ReadFile(filepath.Join(root, "standalone", "go.mod"))
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(raw)
	require.Contains(t, dockerfile(t, "FROM ")[0], "golang:"+string(version[1])+"-")
	require.NotEmpty(t, dockerfile(t, "ENV ZONEINFO="), "a last moment needs the zones")
}

func dockerfile(t *testing.T, instruction string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	require.NoError(t, err)
	var found []string
	for _, line := range strings.Split(strings.ReplaceAll(string(raw), "\\\n", ""), "\n") {
		if rest, ok := strings.CutPrefix(line, instruction); ok {
			found = append(found, rest)
		}
	}
	return found
}

// temporalNames are those that Temporal's own tools read.
var temporalNames = []string{"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_API_KEY", "TEMPORAL_PROFILE"}

func TestEveryVariableInComposeIsOneThatIsRead(t *testing.T) {
	t.Parallel()
	read := variables(t)
	c := loadCompose(t)
	for _, name := range ours {
		require.NotEmpty(t, c.Services[name].Environment, name)
		for variable, value := range c.Services[name].Environment {
			secret, isFile := strings.CutSuffix(variable, "_FILE")
			if !isFile {
				require.Contains(t, read, variable, name)
				require.False(t, read[variable], "%s of %s is a secret: hand it over as a file", variable, name)
				continue
			}
			require.True(t, read[secret], "%s of %s is no secret that is read", variable, name)
			file, ok := strings.CutPrefix(value, "/run/secrets/")
			require.True(t, ok, "%s of %s", variable, name)
			require.Contains(t, c.Services[name].Secrets, file, name)
		}
	}
}

// variables are what the program reads, and whether each is a secret.
func variables(t *testing.T) map[string]bool {
	t.Helper()
	read := map[string]bool{}
	env := reflect.TypeFor[config.Env]()
	for i := range env.NumField() {
		name, _, _ := strings.Cut(env.Field(i).Tag.Get("env"), ",")
		read[name] = env.Field(i).Type.Name() == "Secret"
	}
	for _, name := range temporalNames {
		read[name] = name == "TEMPORAL_API_KEY"
	}
	for _, app := range examplePolicy(t).Apps {
		if app.Kind != domain.KindApolloIO {
			continue // only this kind's variables have names of our own; others are the administrator's
		}
		for name, secret := range map[string]bool{app.Credentials.APIKey: true, app.Credentials.SCIMToken: true, app.Credentials.BaseURL: false, app.Credentials.SCIMURL: false} {
			read[name] = secret
		}
	}
	require.Greater(t, len(read), 10)
	return read
}

func TestServicesStartInOrder(t *testing.T) {
	t.Parallel()
	const healthy, done = "service_healthy", "service_completed_successfully"
	c := loadCompose(t)
	for name, after := range map[string]map[string]string{
		"temporal-schema":    {"postgres": healthy},
		"temporal":           {"temporal-schema": done},
		"temporal-namespace": {"temporal": healthy},
		"temporal-ui":        {"temporal": healthy},
		"migrate":            {"postgres": healthy},
		"serve":              {"migrate": done, "temporal-namespace": done},
		"worker":             {"migrate": done, "temporal-namespace": done},
	} {
		require.Len(t, c.Services[name].DependsOn, len(after), name)
		for other, condition := range after {
			require.Equal(t, condition, c.Services[name].DependsOn[other].Condition, "%s after %s", name, other)
			if condition == healthy {
				require.NotNil(t, c.Services[other].Healthcheck, "%s cannot be called healthy", other)
			} else {
				require.NotEqual(t, "unless-stopped", c.Services[other].Restart, "%s never completes", other)
			}
		}
	}
	require.NotNil(t, c.Services["serve"].Healthcheck)
}

func TestContainersMayDoLittle(t *testing.T) {
	t.Parallel()
	c := loadCompose(t)
	for name, s := range c.Services {
		require.False(t, s.Privileged, name)
		for _, port := range s.Ports {
			require.True(t, strings.HasPrefix(port, "127.0.0.1:"), "%s publishes %s beyond loopback", name, port)
		}
		for _, secret := range s.Secrets {
			require.Contains(t, c.Secrets, secret, name)
		}
		for _, m := range s.Configs {
			require.Contains(t, c.Configs, m.Source, name)
		}
		require.NotEmpty(t, s.Networks, name)
		for _, n := range s.Networks {
			require.Contains(t, c.Networks, n, name)
		}
	}
	for _, name := range ours {
		s := c.Services[name]
		require.True(t, s.ReadOnly, name)
		require.Equal(t, "10001:10001", s.User, name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
		require.Contains(t, s.SecurityOpt, "no-new-privileges:true", name)
		require.Equal(t, []string{name}, s.Command, "each container does one thing")
	}
	require.True(t, c.Networks["data"]["internal"], "the database is not reached from outside")
	require.Empty(t, c.Services["postgres"].Ports)
	require.Empty(t, c.Services["temporal"].Ports)
	require.NotContains(t, c.Services["serve"].Secrets, "apollo_api_key", "only the worker holds the key of an app")
	require.Equal(t, []string{"database_url"}, c.Services["migrate"].Secrets)
}

func TestSecretsAreKeptOutOfTheRepository(t *testing.T) {
	t.Parallel()
	ignored, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	require.NoError(t, err)
	require.Contains(t, string(ignored), "/.handover/\n")
	made, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	for name, s := range loadCompose(t).Secrets {
		require.Equal(t, ".handover/secrets/"+name, s["file"])
		require.True(t, bytes.Contains(made, []byte(name)), "make up neither makes %s nor asks for it", name)
	}
}
