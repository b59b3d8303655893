"""The image: built once, pushed once, deployed by digest. cargo and docker are stand-ins, gcloud is real.

The cases go on in the environment that story_cases made.
"""

from expect import equal, holds, lacks
from story_cases import NAME, REGION, SERVICES

IMAGE = f"{REGION}-docker.pkg.dev/demo-project/tasuki/kintone-export"
REPOSITORY = f"/artifactregistry/v1/projects/demo-project/locations/{REGION}/repositories/tasuki"
VERSIONS = f"{REPOSITORY}/packages/kintone-export/versions"
PUSHED = "sha256:" + "b" * 64


def builds_pushes_and_deploys_by_digest(world):
    world.variables.pop("IMAGE_DIGEST")
    world.variables["CARGO_TARGET_DIR"] = str(world.folder / "target")
    # The smallest static program that there is a compiler for.
    (world.folder / "main.c").write_text("int main(void) { return 0; }\n")
    built = world.folder / "target/x86_64-unknown-linux-gnu/release"
    built.mkdir(parents=True)
    world.tool("cargo", f"cd {built}; [[ -e kintone-export ]] || cc -static -o kintone-export {world.folder}/main.c")
    digest = "{{range .RepoDigests}}"
    world.tool(
        "docker",
        f"""case "$*" in
        *"{digest}"*) echo "{IMAGE}@{PUSHED}" ;;
        *login*) cat >{world.folder}/login ;;
        esac""",
    )
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(world.writes(since), [f"PUT {SERVICES}/{NAME}"])
    image = world.state()[f"{SERVICES}/{NAME}"]["spec"]["template"]["spec"]["containers"][0]["image"]
    equal(image, f"{IMAGE}@{PUSHED}")
    commands = world.arguments()
    holds(commands, "docker build --quiet --build-arg FUNCTION=kintone-export --tag", "--features cloud")
    equal((world.folder / "login").read_text().strip(), "fake", "the token goes to docker by standard input")
    lacks(commands, "docker login --password ", " fake")


def builds_nothing_that_is_in_the_registry(world):
    (tag,) = {word.rsplit(":", 1)[1] for word in world.arguments().split() if word.startswith(f"{IMAGE}:")}
    name = f"{VERSIONS.removeprefix('/artifactregistry/v1/')}/{PUSHED}"
    tags = [{"name": f"{name.split('/versions/')[0]}/tags/{tag}", "version": name}]
    world.tamper(f"{VERSIONS}/{PUSHED}", name=name, relatedTags=tags, metadata={})
    docker_was_called = world.calls("docker")
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(world.writes(since), [])
    equal(world.calls("docker"), docker_was_called)
    holds(words, f"= image kintone-export:{tag}")


def plans_a_new_image_without_docker(world):
    (world.folder / "main.c").write_text("int main(void) { return 1; }\n")
    (world.folder / "target/x86_64-unknown-linux-gnu/release/kintone-export").unlink()
    docker_was_called = world.calls("docker")
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod", "--plan")
    equal(code, 3, words)
    equal(world.writes(since), [])
    equal(world.calls("docker"), docker_was_called)
    holds(words, "+ build and push the image", "+ bring the service", "2 to change")


CASES = [
    builds_pushes_and_deploys_by_digest,
    builds_nothing_that_is_in_the_registry,
    plans_a_new_image_without_docker,
]
